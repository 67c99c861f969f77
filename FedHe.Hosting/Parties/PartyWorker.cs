using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FedHe.Hosting.Parties;

/// <summary>A party worker is the service of one party, whose failure ends the host with that failure.</summary>
internal abstract class PartyWorker : BackgroundService
{
    private volatile bool _hasEnded;

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

    /// <summary>Notes that the party has no more to do, and ends the host where it runs nothing but parties that have ended.</summary>
    protected void End(IServiceProvider services)
    {
        _hasEnded = true;
        if (services.GetServices<IHostedService>().All(service => service is PartyWorker { _hasEnded: true }))
        {
            services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        }
    }
}
