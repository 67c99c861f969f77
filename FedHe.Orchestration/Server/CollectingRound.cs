using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.MLBridge.Aggregation;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>The uploads of the round that is open.</summary>
internal sealed class CollectingRound : IDisposable
{
    private readonly Dictionary<ClientId, Contribution> _contributions = [];
    private readonly List<Contribution> _order = [];

    public CollectingRound(DateTimeOffset startedAt, IEnumerable<ClientId> selected, UpdateAggregator aggregator)
    {
        StartedAt = startedAt;
        Selected = [.. selected];
        Aggregator = aggregator;
    }

    public DateTimeOffset StartedAt { get; }

    public SortedSet<ClientId> Selected { get; }

    public UpdateAggregator Aggregator { get; }

    public TimeSpan FoldTime { get; set; }

    /// <summary>In the order of arrival.</summary>
    public IReadOnlyList<Contribution> Contributions => _order;

    public long BytesReceived => _order.Sum(contribution => (long)contribution.UploadLength);

    public bool HasContributed(ClientId client) => _contributions.ContainsKey(client);

    public void Record(Contribution contribution)
    {
        _contributions.Add(contribution.Client, contribution);
        _order.Add(contribution);
    }

    public void Dispose() => Aggregator.Dispose();
}
