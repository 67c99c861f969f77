using System.CommandLine;
using FedHe.Crypto.Errors;
using FedHe.Hosting.Errors;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using Microsoft.Extensions.Options;

namespace FedHe.Tool.Commands;

/// <summary>What all commands have in common: the output, <c>--json</c>, the password, and how failures end.</summary>
internal sealed class CommandScope(ToolConsole console)
{
    public ToolConsole Console { get; } = console;

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Write one JSON object to the output instead of text, with the fields status, exitCode and error.",
        Recursive = true,
    };

    public Option<FileInfo?> PasswordFile { get; } = new("--password-file")
    {
        Description = $"File that holds the password of the folder's secrets. Default: the variable {Password.Variable}, or a question.",
        Recursive = true,
    };

    /// <summary>Gives a command its work, whose failures become messages and exit codes.</summary>
    public Command Define(Command command, Func<ParseResult, Report, CancellationToken, Task<int>> work)
    {
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = new Report(NameOf(command));
            (int exitCode, string? error) = await RunAsync(() => work(parsed, report, cancellationToken));
            report.Write(Console, parsed.GetValue(Json), exitCode, error);
            return exitCode;
        });
        return command;
    }

    public Command Define(Command command, Func<ParseResult, Report, int> work)
        => Define(command, (parsed, report, _) => Task.FromResult(work(parsed, report)));

    public FolderSecrets AskPassword(ParseResult parsed) => Password.Ask(parsed.GetValue(PasswordFile), Console);

    public static Argument<DirectoryInfo> Folder(string description) => new("DIR") { Description = description };

    /// <summary>Returns the names of a command below <c>fedhe</c>, such as <c>keys client</c>.</summary>
    public static string NameOf(Command command)
        => string.Join(' ', command.Parents.OfType<Command>().Where(parent => parent.Parents.Any()).Select(parent => parent.Name).Append(command.Name));

    private static async Task<(int ExitCode, string? Error)> RunAsync(Func<Task<int>> work)
    {
        // Ctrl+C is heard from the first await on: nothing may begin before, least of all another process.
        await Task.Yield();
        try
        {
            return (await work(), null);
        }
        catch (ToolException fault)
        {
            return (fault.ExitCode, fault.Message);
        }
        catch (OperationCanceledException)
        {
            return (ExitCodes.Interrupted, "Interrupted. Run the command again to go on.");
        }
        catch (Exception fault) when (fault is HeException or HostingException or OptionsValidationException or ArgumentException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return (ExitCodes.Refused, Describe(fault));
        }
        catch (OutOfMemoryException)
        {
            return (ExitCodes.Refused, "There is not enough memory for a model of this size.");
        }
    }

    /// <summary>The reader of a message knows options, not parameters of methods.</summary>
    private static string Describe(Exception fault) => fault is ArgumentException { ParamName: string name }
        ? fault.Message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal)
        : fault.Message;
}
