using System.CommandLine;
using System.CommandLine.Help;
using FedHe.Tool.Output;

namespace FedHe.Tool.Commands;

/// <summary>The command <c>fedhe</c>.</summary>
internal static class ToolProgram
{
    public static async Task<int> RunAsync(string[] arguments, ToolConsole console, CancellationToken cancellationToken = default)
    {
        try
        {
            var scope = new CommandScope(console);
            ParseResult parsed = Describe(scope).Parse(arguments);
            if (parsed.Errors.Count > 0)
            {
                var report = new Report(CommandScope.NameOf(parsed.CommandResult.Command));
                string message = string.Join(" ", parsed.Errors.Select(error => error.Message));
                report.Write(console, arguments.Contains(scope.Json.Name), ExitCodes.WrongUsage, $"{message} See '{PathOf(parsed)} --help'.");
                return ExitCodes.WrongUsage;
            }

            var settings = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = console.Output,
                Error = console.Errors,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(10),
            };
            return await parsed.InvokeAsync(settings, cancellationToken);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // The output cannot be written; the exit code is all that is left to tell.
            return ExitCodes.Refused;
        }
#pragma warning disable CA1031 // Whatever went wrong, a script gets one of the exit codes that it knows, and a person one line.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            await console.Errors.WriteLineAsync($"fedhe: a fault of this program: {fault.GetType().Name}: {fault.Message}");
            return ExitCodes.Refused;
        }
    }

    /// <summary>Describes the command. It is no root command of the library's, which would bear the name of the program's file.</summary>
    internal static Command Describe(CommandScope scope) => new(
        "fedhe", "Encrypted federated learning: between machines, from the kits that 'provision' makes, or on files, where every party has a folder with inbox and outbox. "
        + "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 try again, 130 interrupted.")
    {
        scope.Json,
        scope.PasswordFile,
        new HelpOption(),
        new VersionOption(),
        PlanCommand.Describe(scope),
        ProvisionCommand.Describe(scope),
        KitCommand.Describe(scope),
        RunCommand.DescribeServer(scope),
        RunCommand.DescribeAuthority(scope),
        RunCommand.DescribeClient(scope),
        StatusCommand.DescribeStatus(scope),
        StatusCommand.DescribeReport(scope),
        StatusCommand.DescribeModel(scope),
        WatchCommand.Describe(scope),
        ApproveCommand.Describe(scope),
        AuditCommand.Describe(scope),
        PocCommand.Describe(scope),
        KeysCommand.Describe(scope),
        RoundCommand.Describe(scope),
        TrainCommand.DescribeTrain(scope),
        TrainCommand.DescribeEncrypt(scope),
        AggregateCommand.Describe(scope),
        AnswerCommand.Describe(scope),
        EpochCommand.Describe(scope),
        ModelCommand.DescribeDecrypt(scope),
        ModelCommand.DescribeConfirm(scope),
        ModelCommand.DescribeAnnounce(scope),
        DeliverCommand.Describe(scope),
        InspectCommand.Describe(scope),
        CompletionCommand.Describe(scope),
        CompletionCommand.DescribeSuggestions(scope),
    };

    private static string PathOf(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        return CommandScope.NameOf(command) is { Length: > 0 } name && command.Parents.Any() ? $"fedhe {name}" : "fedhe";
    }
}
