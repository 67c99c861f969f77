using System.Diagnostics.Metrics;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Metrics;

namespace FedHe.Hosting.AspNetCore.Diagnostics;

/// <summary>A metric gauge shows the newest metrics of each client to the listeners of the meter of FedHe, such as OpenTelemetry.</summary>
/// <remarks>A job has at most 16 series a client: no series names a round.</remarks>
internal sealed class MetricGauge(IMeterFactory meters)
{
    private readonly Gauge<double> _gauge = meters.Create(InstrumentNames.Source).CreateGauge<double>(InstrumentNames.ClientMetric);

    public void Record(MetricReport report)
    {
        foreach ((string name, double value) in report.Metrics.Values)
        {
            _gauge.Record(
                value,
                new KeyValuePair<string, object?>(InstrumentNames.JobTag, report.Slot.JobId.ToString()),
                new KeyValuePair<string, object?>(InstrumentNames.ClientTag, report.Slot.Client.Value),
                new KeyValuePair<string, object?>(InstrumentNames.MetricTag, name));
        }
    }
}
