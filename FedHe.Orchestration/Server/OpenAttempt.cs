using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server;

/// <summary>An open attempt holds the invited clients and the sum so far, while uploads are accepted.</summary>
internal sealed class OpenAttempt : IDisposable
{
    /// <summary>Opens an attempt whose uploads are encrypted directly under the job's key.</summary>
    public OpenAttempt(DateTimeOffset startedAt, long start, IEnumerable<ClientId> selected, RoundSum sum)
    {
        StartedAt = startedAt;
        Start = start;
        Selected = [.. selected];
        Sum = sum;
    }

    /// <summary>Opens an attempt whose uploads are encrypted under round keys.</summary>
    public OpenAttempt(DateTimeOffset startedAt, long start, IEnumerable<ClientId> selected, AttemptSum sum)
        : this(startedAt, start, selected, sum.Sum) => RoundKeySum = sum;

    /// <summary>The keys of the committee's members to which round keys of the attempt are sealed; none without a committee.</summary>
    public ImmutableArray<RelayedMemberKey> MemberKeys => RoundKeySum?.Keys is SharedKeySums shared ? shared.Keys : [];

    /// <summary>The time of day when the attempt was opened, which only reports use.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The timestamp of the monotonic clock when the attempt was opened.</summary>
    public long Start { get; set; }

    public SortedSet<ClientId> Selected { get; }

    /// <summary>The sum of updates.</summary>
    public RoundSum Sum { get; }

    /// <summary>The sums under round keys, whose updates are in <see cref="Sum"/>, or null without round keys.</summary>
    public AttemptSum? RoundKeySum { get; }

    /// <summary>The time spent on reading and folding in uploads.</summary>
    public TimeSpan FoldTime { get; set; }

    public void Dispose()
    {
        Sum.Dispose();
        RoundKeySum?.Dispose();
    }
}
