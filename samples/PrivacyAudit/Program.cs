using FedHe.Crypto.Errors;
using FedHe.Learning.Data;
using PrivacyAuditSample;

return await new CommandLine().InvokeAsync(args, RunAsync);

static async Task<int> RunAsync(SampleOptions options, CancellationToken cancellationToken)
{
    try
    {
        await Task.Run(() => new AuditSession(options).Run(cancellationToken), cancellationToken);
        return ExitCodes.Success;
    }
    catch (Exception exception) when (exception
        is DatasetFormatException or HeException or ArgumentException or IOException or UnauthorizedAccessException)
    {
        await Console.Error.WriteLineAsync(exception.Message);
        return ExitCodes.BadInput;
    }
    catch (OperationCanceledException)
    {
        await Console.Error.WriteLineAsync("Cancelled. Run the same command again to go on.");
        return ExitCodes.Cancelled;
    }
}
