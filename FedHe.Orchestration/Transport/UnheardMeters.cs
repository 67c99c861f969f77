using System.Diagnostics.Metrics;

namespace FedHe.Orchestration.Transport;

/// <summary>Unheard meters are one meter with a name that nobody listens to.</summary>
internal sealed class UnheardMeters : IMeterFactory
{
    private readonly Meter _meter = new("FedHe.WarmUp");

    public Meter Create(MeterOptions options) => _meter;

    public void Dispose() => _meter.Dispose();
}
