using FedHe.Orchestration.Protection;
using FedHe.Tool.Commands;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Tests.Support;

/// <summary>Runs commands within the test process.</summary>
internal static class Fedhe
{
    public const string PasswordForTests = "correct horse battery";

    /// <summary>Whether secrets are under passwords as in earnest, for tests that also run the command as a process.</summary>
    public static bool UsesPasswords { get; set; }

    public static async Task<ToolResult> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        Environment.SetEnvironmentVariable(Password.Variable, PasswordForTests);
        var output = new StringWriter();
        var errors = new StringWriter();
        var console = new ToolConsole(output, errors, isInteractive: false)
        {
            ProtectorOf = password => UsesPasswords ? new PasswordProtector(password) : new QuickProtector(password),
        };
        int exitCode = await ToolProgram.RunAsync([.. arguments], console, cancellationToken);
        return new ToolResult(exitCode, output.ToString(), errors.ToString());
    }

    /// <summary>Runs a command that must be done.</summary>
    public static async Task<ToolResult> DoAsync(params string[] arguments)
    {
        ToolResult result = await RunAsync(arguments);
        result.ExitCode.Should().Be(ExitCodes.Done, $"fedhe {string.Join(' ', arguments)}: {result.Errors}");
        return result;
    }
}
