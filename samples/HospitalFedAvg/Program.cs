using FedHe.Crypto.Errors;
using FedHe.Learning.Data;
using FedHe.Orchestration.Errors;
using FedHe.Privacy.Errors;
using HospitalFedAvg;
using HospitalFedAvg.Federation;
using HospitalFedAvg.Reporting;
using Spectre.Console;

try
{
    return await new CommandLine().InvokeAsync(args, RunAsync);
}
catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
{
    return await FailAsync($"The output cannot be written: {exception.Message}", ExitCodes.BadInput);
}

static async Task<int> RunAsync(SampleOptions options, CancellationToken cancellationToken)
{
    try
    {
        using var run = new FederationRun(options);
        bool isPlain = Console.IsOutputRedirected || AnsiConsole.Profile.Width < LiveReporter.NeededWidthOf(options);
        IReporter reporter = isPlain ? new PlainReporter(Console.Out) : new LiveReporter(AnsiConsole.Console);
        return await TrainAsync(run, reporter, cancellationToken);
    }
    catch (Exception exception) when (HoldsOutOfMemory(exception))
    {
        return await FailAsync(new MemoryExceededException().Message, ExitCodes.OutOfMemory);
    }
    catch (MaskNotAgreedException exception)
    {
        return await FailAsync(Describe(exception), ExitCodes.NoQuorum);
    }
    catch (Exception exception) when (exception is DatasetFormatException or HeException or ArgumentException or PrivacyException)
    {
        return await FailAsync(Describe(exception), ExitCodes.BadInput);
    }
    catch (OperationCanceledException)
    {
        return await FailAsync("Cancelled.", ExitCodes.Cancelled);
    }
    catch (MemoryExceededException exception)
    {
        return await FailAsync(exception.Message, ExitCodes.OutOfMemory);
    }
}

static async Task<int> TrainAsync(FederationRun run, IReporter reporter, CancellationToken cancellationToken)
{
    await run.AgreeUponMaskAsync(cancellationToken);
    reporter.Begin(run.Description);
    run.WritePrivacyReport();
    RunSummary? summary;
    try
    {
        summary = await reporter.WhileRunningAsync(() => run.RunAsync(reporter, cancellationToken));
    }
    finally
    {
        // What was spent stays spent, however the run ended.
        run.WritePrivacyReport();
    }

    if (summary is null)
    {
        return await FailAsync("Too few hospitals uploaded in every attempt at a round; the federation ended early.", ExitCodes.NoQuorum);
    }

    reporter.Finish(summary);
    if (summary is { IsWithinBound: true, HasEndedEarly: true })
    {
        return await FailAsync("The privacy budgets were spent before all rounds were made; the last model is kept.", ExitCodes.BudgetSpent);
    }

    return summary.IsWithinBound ? ExitCodes.Success : ExitCodes.BoundBroken;
}

// The reader of this message knows options, not parameters of methods.
static string Describe(Exception exception) => exception is ArgumentException { ParamName: string name }
    ? exception.Message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal)
    : exception.Message;

// A hospital that runs out of memory is no dropout, though it looks like one to the federation.
static bool HoldsOutOfMemory(Exception? exception)
    => exception is OutOfMemoryException || (exception is not null && HoldsOutOfMemory(exception.InnerException));

static async Task<int> FailAsync(string message, int exitCode)
{
    try
    {
        await Console.Error.WriteLineAsync(message);
    }
    catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
    {
        // The exit code is all that is left to tell.
    }

    return exitCode;
}
