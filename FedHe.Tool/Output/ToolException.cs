namespace FedHe.Tool.Output;

/// <summary>Ends a command with a message and an exit code.</summary>
internal sealed class ToolException(int exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public int ExitCode { get; } = exitCode;

    public static ToolException Refused(string message, Exception? cause = null) => new(ExitCodes.Refused, message, cause);

    public static ToolException Usage(string message) => new(ExitCodes.WrongUsage, message);

    public static ToolException TryAgain(string message) => new(ExitCodes.TryAgain, message);
}
