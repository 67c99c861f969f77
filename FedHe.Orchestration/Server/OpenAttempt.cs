using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>The attempt that is open for uploads: the invited clients and the sum so far.</summary>
internal sealed class OpenAttempt(DateTimeOffset startedAt, IEnumerable<ClientId> selected, UpdateAggregator aggregator) : IDisposable
{
    public DateTimeOffset StartedAt { get; } = startedAt;

    public SortedSet<ClientId> Selected { get; } = [.. selected];

    public UpdateAggregator Aggregator { get; } = aggregator;

    /// <summary>Time spent on reading and folding uploads in.</summary>
    public TimeSpan FoldTime { get; set; }

    public void Dispose() => Aggregator.Dispose();
}
