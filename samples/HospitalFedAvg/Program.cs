using FedHe.Crypto.Errors;
using FedHe.Learning.Data;
using FedHe.Orchestration.Errors;
using HospitalFedAvg;
using HospitalFedAvg.Federation;
using HospitalFedAvg.Reporting;
using Spectre.Console;

return await new CommandLine().InvokeAsync(args, RunAsync);

static async Task<int> RunAsync(SampleOptions options, CancellationToken cancellationToken)
{
    try
    {
        using var run = new FederationRun(options);
        IReporter reporter = Console.IsOutputRedirected ? new PlainReporter(Console.Out) : new LiveReporter(AnsiConsole.Console);
        return await TrainAsync(run, reporter, cancellationToken);
    }
    catch (MaskNotAgreedException exception)
    {
        await Console.Error.WriteLineAsync(Describe(exception));
        return ExitCodes.NoQuorum;
    }
    catch (Exception exception) when (exception is DatasetFormatException or HeException or ArgumentException)
    {
        await Console.Error.WriteLineAsync(Describe(exception));
        return ExitCodes.BadInput;
    }
    catch (OperationCanceledException)
    {
        await Console.Error.WriteLineAsync("Cancelled.");
        return ExitCodes.Cancelled;
    }
}

static async Task<int> TrainAsync(FederationRun run, IReporter reporter, CancellationToken cancellationToken)
{
    await run.AgreeUponMaskAsync(cancellationToken);
    reporter.Begin(run.Description);
    RunSummary? summary = await reporter.WhileRunningAsync(() => run.RunAsync(reporter, cancellationToken));
    if (summary is null)
    {
        await Console.Error.WriteLineAsync("Too few hospitals uploaded in every attempt at a round; the federation ended early.");
        return ExitCodes.NoQuorum;
    }

    reporter.Finish(summary);
    return summary.IsWithinBound ? ExitCodes.Success : ExitCodes.BoundBroken;
}

// The reader of this message knows options, not parameters of methods.
static string Describe(Exception exception) => exception is ArgumentException { ParamName: string name }
    ? exception.Message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal)
    : exception.Message;
