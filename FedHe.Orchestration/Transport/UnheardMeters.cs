using System.Diagnostics.Metrics;

namespace FedHe.Orchestration.Transport;

/// <summary>Unheard meters have a name that nobody listens to.</summary>
internal sealed class UnheardMeters : IMeterFactory
{
    private const string Name = "FedHe.WarmUp";

    public Meter Create(MeterOptions options) => new(Name);

    public void Dispose()
    {
        // Meters that nobody listens to hold nothing.
    }
}
