using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Metrics;

namespace FedHe.Hosting.AspNetCore.Metrics;

/// <summary>A metric round has what clients reported of an attempt at a round.</summary>
/// <param name="Round">The round.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Reports">The metrics by the names of the clients.</param>
internal sealed record MetricRound(int Round, int Attempt, ImmutableSortedDictionary<string, RoundMetrics> Reports)
{
    /// <summary>The means over the clients that reported.</summary>
    public IReadOnlyList<MetricMean> Means => MetricMean.Of(Reports.Values);

    public static MetricRound Begin(UploadSlot slot) => new(slot.Round, slot.Attempt, ImmutableSortedDictionary.Create<string, RoundMetrics>(StringComparer.Ordinal));

    public bool IsOf(UploadSlot slot) => Round == slot.Round && Attempt == slot.Attempt;

    public MetricRound With(MetricReport report) => this with { Reports = Reports.SetItem(report.Slot.Client.Value, report.Metrics) };
}
