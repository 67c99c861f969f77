using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>An open attempt holds the invited clients and the sum so far, while uploads are accepted.</summary>
internal sealed class OpenAttempt(DateTimeOffset startedAt, IEnumerable<ClientId> selected, UpdateAggregator aggregator) : IDisposable
{
    public DateTimeOffset StartedAt { get; } = startedAt;

    public SortedSet<ClientId> Selected { get; } = [.. selected];

    public UpdateAggregator Aggregator { get; } = aggregator;

    /// <summary>The time spent on reading and folding in uploads.</summary>
    public TimeSpan FoldTime { get; set; }

    public void Dispose() => Aggregator.Dispose();
}
