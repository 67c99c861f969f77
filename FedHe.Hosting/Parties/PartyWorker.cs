using Microsoft.Extensions.Hosting;

namespace FedHe.Hosting.Parties;

/// <summary>A party worker is the service of one party, whose failure ends the host with that failure.</summary>
internal abstract class PartyWorker : BackgroundService
{
    /// <summary>
    /// Ends the service, and throws what ended it before: the host then ends with it, so that its process does not look as if all had gone well.
    /// </summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (ExecuteTask is { IsFaulted: true } failed)
        {
            await failed.ConfigureAwait(false);
        }
    }
}
