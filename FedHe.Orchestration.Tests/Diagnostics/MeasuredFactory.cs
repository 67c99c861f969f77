using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FedHe.Orchestration.Tests.Diagnostics;

/// <summary>A measured factory makes meters as a container does, and keeps what its own meters and meters without a factory measure.</summary>
internal sealed class MeasuredFactory : IMeterFactory
{
    private readonly ConcurrentDictionary<string, Meter> _meters = [];
    private readonly MeterListener _listener;

    public MeasuredFactory()
    {
        _listener = new MeterListener { InstrumentPublished = (instrument, self) => self.EnableMeasurementEvents(instrument) };
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Record(instrument, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Record(instrument, tags));
        _listener.Start();
    }

    /// <summary>What was measured by meters of this factory.</summary>
    public ConcurrentQueue<Measurement> Measured { get; } = [];

    /// <summary>What was measured by meters of no factory, in any test of the process.</summary>
    public ConcurrentQueue<Measurement> MeasuredElsewhere { get; } = [];

    public Meter Create(MeterOptions options)
        => _meters.GetOrAdd(options.Name, name => new Meter(new MeterOptions(name) { Scope = this }));

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Meter meter in _meters.Values)
        {
            meter.Dispose();
        }
    }

    private void Record(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        ConcurrentQueue<Measurement> queue = instrument.Meter.Scope == this ? Measured : MeasuredElsewhere;
        queue.Enqueue(new Measurement(instrument.Name, new Dictionary<string, object?>(tags.ToArray())));
    }

    internal sealed record Measurement(string Name, IReadOnlyDictionary<string, object?> Tags);
}
