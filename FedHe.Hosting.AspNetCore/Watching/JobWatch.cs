using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.AspNetCore.Watching;

/// <summary>A job watch notes when the server saw which message of which party, for people who look at the job.</summary>
/// <remarks>
/// A watch holds a few rounds in memory, and no answer of the server depends on it. It is thread-safe.
/// </remarks>
internal sealed class JobWatch(TimeProvider time)
{
    private const int MostRounds = 6;
    private const int MostRefusals = 1000;

    private readonly Lock _changing = new();
    private ImmutableList<WatchedRound> _rounds = [];
    private ImmutableDictionary<(string Party, MessageKind Kind, RefusalReason Reason), WatchedRefusal> _refusals
        = ImmutableDictionary<(string Party, MessageKind Kind, RefusalReason Reason), WatchedRefusal>.Empty;

    /// <summary>The newest attempts at rounds, the newest first.</summary>
    public IReadOnlyList<WatchedRound> Rounds => Volatile.Read(ref _rounds);

    /// <summary>What was refused, the newest first.</summary>
    public IReadOnlyList<WatchedRefusal> Refusals => [.. Volatile.Read(ref _refusals).Values.OrderByDescending(refusal => refusal.Last)];

    /// <summary>Notes that a message was put into a mailbox.</summary>
    public void Sent(string party, MessageInfo info, long length) => Note(party, info, (times, now) => info.Kind switch
    {
        MessageKind.Invitation => times with { Invited = times.Invited ?? now },
        MessageKind.Aggregate => times with { SumSent = times.SumSent ?? now, SumBytes = length },
        _ => times,
    });

    /// <summary>Notes that a party takes a message out of its mailbox.</summary>
    public void Taken(string party, MessageInfo? info) => Note(party, info, (times, now) => info!.Kind switch
    {
        MessageKind.Invitation => times with { Taken = times.Taken ?? now },
        MessageKind.Aggregate => times with { SumTaken = times.SumTaken ?? now },
        _ => times,
    });

    /// <summary>Notes that a party has handled a message.</summary>
    public void Handled(string party, MessageInfo? info) => Note(party, info, (times, now) => info!.Kind switch
    {
        MessageKind.Aggregate => times with { SumHandled = times.SumHandled ?? now },
        _ => times,
    });

    /// <summary>Notes that a message of a party begins to arrive. Nothing of it is verified, so that it begins no round.</summary>
    public void Arriving(string party, MessageInfo info)
    {
        if (info.Kind == MessageKind.Upload)
        {
            Change(party, info.Round, info.Attempt, mayBegin: false, (times, now) => times with { Sending = times.Accepted is null ? now : times.Sending });
        }
    }

    /// <summary>Notes that an upload was accepted.</summary>
    public void Accepted(string party, int round, int attempt, long length)
        => Change(party, round, attempt, mayBegin: true, (times, now) => times with { Accepted = times.Accepted ?? now, UploadBytes = length });

    /// <summary>Tells whether an upload was accepted in one of the newest attempts, since the process began.</summary>
    public bool HasAccepted(UploadSlot slot)
        => Rounds.FirstOrDefault(watched => watched.Round == slot.Round && watched.Attempt == slot.Attempt)?.Parties.GetValueOrDefault(slot.Client.Value)?.Accepted is not null;

    /// <summary>Notes that a message of an authenticated party was refused.</summary>
    public void Refused(string party, MessageKind kind, RefusalReason reason)
    {
        lock (_changing)
        {
            WatchedRefusal? known = _refusals.GetValueOrDefault((party, kind, reason));
            if (known is not null || _refusals.Count < MostRefusals)
            {
                _refusals = _refusals.SetItem(
                    (party, kind, reason), new WatchedRefusal(party, kind.ToString(), reason.ToString(), (known?.Count ?? 0) + 1, time.GetUtcNow()));
            }
        }
    }

    private void Note(string party, MessageInfo? info, Func<PartyTimes, DateTimeOffset, PartyTimes> change)
    {
        if (info is { Kind: MessageKind.Invitation or MessageKind.Aggregate })
        {
            Change(party, info.Round, info.Attempt, mayBegin: true, change);
        }
    }

    /// <summary>Changes the times of a party; an aggregate names no attempt, and is of the newest one.</summary>
    private void Change(string party, int round, int attempt, bool mayBegin, Func<PartyTimes, DateTimeOffset, PartyTimes> change)
    {
        lock (_changing)
        {
            int at = _rounds.FindIndex(watched => watched.Round == round && (attempt == 0 || watched.Attempt == attempt));
            if (at < 0)
            {
                // What comes for a round that is no longer watched begins none.
                if (!mayBegin || (_rounds.Count > 0 && (round, attempt).CompareTo((_rounds[0].Round, _rounds[0].Attempt)) < 0))
                {
                    return;
                }

                _rounds = _rounds.Insert(0, new WatchedRound(round, Math.Max(attempt, 1), ImmutableSortedDictionary.Create<string, PartyTimes>(StringComparer.Ordinal)));
                _rounds = _rounds.Count > MostRounds ? _rounds.RemoveAt(MostRounds) : _rounds;
                at = 0;
            }

            WatchedRound changed = _rounds[at];
            PartyTimes times = changed.Parties.GetValueOrDefault(party) ?? new PartyTimes();
            _rounds = _rounds.SetItem(at, changed with { Parties = changed.Parties.SetItem(party, change(times, time.GetUtcNow())) });
        }
    }
}
