using FedHe.Crypto.Errors;
using FedHe.Learning.Data;
using PrivacyAuditSample;

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
        await Task.Run(() => new AuditSession(options).Run(cancellationToken), cancellationToken);
        return ExitCodes.Success;
    }
    catch (Exception exception) when (exception is DatasetFormatException or HeException or ArgumentException)
    {
        return await FailAsync(exception.Message, ExitCodes.BadInput);
    }
    catch (OperationCanceledException)
    {
        return await FailAsync("Cancelled. Run the same command again to go on.", ExitCodes.Cancelled);
    }
    catch (OutOfMemoryException)
    {
        return await FailAsync(
            "Out of memory. Finished attempts are kept: allow the process more, and run the same command again to go on.", ExitCodes.OutOfMemory);
    }
}

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
