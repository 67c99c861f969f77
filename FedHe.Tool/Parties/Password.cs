using FedHe.Orchestration.Protection;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>Takes the password of a party from a file, the environment or the person at the terminal, never from the command line.</summary>
internal static class Password
{
    public const string Variable = "FEDHE_PASSWORD";

    /// <summary>Makes the protector of a party's secrets; the caller disposes it.</summary>
    public static FolderSecrets Ask(FileInfo? file, ToolConsole console)
    {
        string password = file is not null ? Read(file)
            : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given
            : console.IsInteractive ? console.AskForSecret($"Password, at least {PasswordProtector.MinimumPasswordLength} characters:")
            : throw ToolException.Usage($"A password is needed: give --password-file, or set {Variable}.");
        return password.Length >= PasswordProtector.MinimumPasswordLength
            ? new FolderSecrets(console.ProtectorOf(password))
            : throw ToolException.Usage($"The password is shorter than {PasswordProtector.MinimumPasswordLength} characters.");
    }

    private static string Read(FileInfo file)
    {
        try
        {
            return File.ReadAllText(file.FullName).TrimEnd('\r', '\n');
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ExitCodes.WrongUsage, $"The password file {file.FullName} cannot be read.", fault);
        }
    }
}
