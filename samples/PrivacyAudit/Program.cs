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

static async Task<int> RunAsync(ISession session, CancellationToken cancellationToken)
{
    try
    {
        return await Task.Run(() => session.Run(cancellationToken), cancellationToken);
    }
    catch (Exception exception) when (exception is DatasetFormatException or HeException or ArgumentException)
    {
        return await FailAsync(exception.Message, ExitCodes.BadInput);
    }
    catch (OperationCanceledException)
    {
        return await FailAsync($"Cancelled. {session.GoOn}", ExitCodes.Cancelled);
    }
    catch (OutOfMemoryException)
    {
        return await FailAsync($"Out of memory: allow the process more. {session.GoOn}", ExitCodes.OutOfMemory);
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
