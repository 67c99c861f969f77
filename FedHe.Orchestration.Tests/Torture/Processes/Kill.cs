using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;
using FedHe.Orchestration.Tests.Host.Kills;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>A kill is one entry of the enumeration: a frame of the undisturbed run, and a position within its handling.</summary>
/// <param name="At">The frame.</param>
/// <param name="Point">The position.</param>
/// <param name="IsLost">Whether what the process sent is lost on its way with the connection, and not only what was on its way to it.</param>
internal sealed record Kill(DeliveredFrame At, KillPoint Point, bool IsLost = false)
{
    /// <summary>The role of the party, which the sample covers at every position.</summary>
    public string Role => PartyNames.AllClients.Contains(At.Party) ? "client" : At.Party;

    /// <summary>Enumerates every kill of a run.</summary>
    public static IEnumerable<Kill> All(IEnumerable<DeliveredFrame> run) => run.SelectMany(KillsOf);

    /// <summary>
    /// Chooses the kill at a place of the run, of every role at every position, and after messages also of every kind of message: 0 is
    /// the first kill and 1 the last.
    /// </summary>
    public static IEnumerable<Kill> Sample(IEnumerable<Kill> all, double place)
        => all.GroupBy(kill => (kill.Role, kill.Point.Position, kill.IsLost, kill.Point.Position == KillPosition.AfterMessages ? kill.At.Sent[^1].Kind : null))
            .Select(group => group.ElementAt((int)(place * (group.Count() - 1))));

    /// <summary>
    /// Chooses kills of a run with a committee: at every file of a member's steps that change its ledger, in the middle and before it; and after
    /// every kind of message that server and members exchange about keys, boxes and answers, which arrives or is lost by turns.
    /// </summary>
    public static IEnumerable<Kill> SampleOfCommittee(IEnumerable<Kill> all)
    {
        Kill[] kills = [.. all];
        IEnumerable<Kill> files = kills.Where(kill => kill.At.Files.Contains(FileNames.Ledger) && kill.Point.Position != KillPosition.AfterMessages)
            .GroupBy(kill => (kill.Point.Position, kill.File))
            .Select((group, index) => Middle(group, kill => kill.At.Sent.Any(sent => sent.Kind == (index % 2 == 0 ? MessageKind.ShareAnswer : MessageKind.MemberKey))));
        IEnumerable<Kill> messages = kills.Where(kill => kill.Point.Position == KillPosition.AfterMessages && IsOfCommittee(kill.At.Sent[^1].Kind))
            .GroupBy(kill => kill.At.Sent[^1].Kind)
            .Select((group, index) => Middle(group, kill => kill.IsLost == (index % 2 == 0)));
        IEnumerable<Kill> authority = kills.Where(kill => kill is { Role: PartyNames.Authority, Point.Position: KillPosition.AfterSaving });
        return [.. files, .. messages, .. authority.Take(1)];
    }

    /// <summary>
    /// Returns the kills at the frames by which an epoch changes: those that carry, or make a party send, the card of the client that joins, the plan, offers,
    /// votes, certificates and keys of the epoch; and all frames between the first offer and the last party's keys, by which members erase keys and go on.
    /// </summary>
    public static IEnumerable<Kill> OfTheChange(IReadOnlyCollection<DeliveredFrame> run)
    {
        int first = run.First(frame => frame.Sent.Any(sent => sent.Kind == MessageKind.EpochOffer)).Number;
        int last = run.Last(frame => frame.Files.Contains(FileNames.NextKeys)).Number;
        return All(run.Where(frame => (frame.Number >= first && frame.Number <= last) || IsOfTheChange(frame)));
    }

    /// <summary>Chooses kills by a seed: one of every role.</summary>
    public static IEnumerable<Kill> SampleBySeed(IEnumerable<Kill> all, int seed)
    {
        var random = new Random(seed);
        return all.GroupBy(kill => kill.ChangeRole).Select(group => group.ElementAt(random.Next(group.Count())));
    }

    /// <summary>The role of the party in the change of an epoch.</summary>
    public string ChangeRole => At.Party is PartyNames.Joiner or PartyNames.Leaver ? At.Party : Role;

    private static bool IsOfTheChange(DeliveredFrame frame)
        => frame.Kind is FrameKind.Plan or FrameKind.Certificate or FrameKind.CertificateRequest
            || frame.Files.Any(file => file is FileNames.Card or FileNames.Plan or FileNames.Certificate or FileNames.NextKeys)
            || frame.Files.SequenceEqual([FileNames.Keys])
            || frame.Message is MessageKind.EpochOffer or MessageKind.EpochVote or MessageKind.Epoch
            || (frame.Party is PartyNames.Joiner && frame.Kind != FrameKind.Message);

    /// <summary>Returns the middle one of the kills that are preferred, or of all where none is.</summary>
    private static Kill Middle(IEnumerable<Kill> kills, Func<Kill, bool> isPreferred)
    {
        Kill[] preferred = [.. kills.Where(isPreferred)];
        Kill[] from = preferred.Length > 0 ? preferred : [.. kills];
        return from[from.Length / 2];
    }

    /// <summary>The file that is being written or comes next; null for a kill at no file.</summary>
    private string? File => Point.Position is KillPosition.WhileSaving or KillPosition.AmongFiles ? At.Files[Point.Part] : null;

    private static bool IsOfCommittee(MessageKind? kind)
        => kind is MessageKind.MemberKeyRequest or MessageKind.MemberKey or MessageKind.BoxDelivery or MessageKind.BoxReport or MessageKind.ListOffer or MessageKind.ShareAnswer;

    /// <inheritdoc/>
    public override string ToString() => $"{At.Party}, frame {At.Number} ({At.Kind}), {Point}{(IsLost ? ", lost" : string.Empty)}";

    private static IEnumerable<Kill> KillsOf(DeliveredFrame frame)
    {
        foreach (KillPoint point in PointsOf(frame))
        {
            yield return new Kill(frame, point);
            if (point.Position == KillPosition.AfterMessages)
            {
                yield return new Kill(frame, point, IsLost: true);
            }
        }
    }

    private static IEnumerable<KillPoint> PointsOf(DeliveredFrame frame)
    {
        yield return new KillPoint(KillPosition.BeforeSaving);
        if (frame.HasTrained)
        {
            yield return new KillPoint(KillPosition.WhileTraining);
        }

        for (int i = 0; i < frame.Files.Length; i++)
        {
            yield return new KillPoint(KillPosition.WhileSaving, i);
            if (i > 0)
            {
                yield return new KillPoint(KillPosition.AmongFiles, i);
            }
        }

        if (frame.Files.Length > 0)
        {
            yield return new KillPoint(KillPosition.AfterSaving);
        }

        for (int i = 1; i < frame.Sent.Length; i++)
        {
            yield return new KillPoint(KillPosition.AmongMessages, i);
        }

        if (frame.Sent.Length > 0)
        {
            yield return new KillPoint(KillPosition.AfterMessages);
        }
    }
}
