using System.Collections.Immutable;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Orchestration.Server;

/// <summary>An open attempt holds the invited clients and the sum so far, while uploads are accepted.</summary>
internal sealed class OpenAttempt : IDisposable
{
    /// <summary>Opens an attempt whose uploads are encrypted directly under the job's key.</summary>
    public OpenAttempt(DateTimeOffset startedAt, long start, IEnumerable<ClientId> selected, UpdateAggregator aggregator)
    {
        StartedAt = startedAt;
        Start = start;
        Selected = [.. selected];
        Aggregator = aggregator;
    }

    /// <summary>Opens an attempt whose uploads are encrypted under round keys.</summary>
    public OpenAttempt(DateTimeOffset startedAt, long start, IEnumerable<ClientId> selected, AttemptSum sum)
        : this(startedAt, start, selected, sum.Aggregator) => RoundKeySum = sum;

    /// <summary>The keys of the committee's members to which round keys of the attempt are sealed; none without a committee.</summary>
    public ImmutableArray<RelayedMemberKey> MemberKeys => RoundKeySum?.Keys is SharedKeySums shared ? shared.Keys : [];

    /// <summary>The time of day when the attempt was opened, which only reports use.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The timestamp of the monotonic clock when the attempt was opened.</summary>
    public long Start { get; set; }

    public SortedSet<ClientId> Selected { get; }

    public UpdateAggregator Aggregator { get; }

    /// <summary>The sums under round keys, whose updates are in <see cref="Aggregator"/>, or null without round keys.</summary>
    public AttemptSum? RoundKeySum { get; }

    /// <summary>The time spent on reading and folding in uploads.</summary>
    public TimeSpan FoldTime { get; set; }

    public void Dispose()
    {
        Aggregator.Dispose();
        RoundKeySum?.Dispose();
    }
}
