using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Kills;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>A kill is one entry of the enumeration: a frame of the undisturbed run, and a position within its handling.</summary>
/// <param name="At">The frame.</param>
/// <param name="Point">The position.</param>
/// <param name="IsLost">Whether what the process sent is lost on its way with the connection, and not only what was on its way to it.</param>
internal sealed record Kill(DeliveredFrame At, KillPoint Point, bool IsLost = false)
{
    /// <summary>The role of the party, which the sample covers at every position.</summary>
    public string Role => PartyNames.Clients.Contains(At.Party) ? "client" : At.Party;

    /// <summary>Enumerates every kill of a run.</summary>
    public static IEnumerable<Kill> All(IEnumerable<DeliveredFrame> run) => run.SelectMany(KillsOf);

    /// <summary>
    /// Chooses the kill at a place of the run, of every role at every position, and after messages also of every kind of message: 0 is
    /// the first kill and 1 the last.
    /// </summary>
    public static IEnumerable<Kill> Sample(IEnumerable<Kill> all, double place)
        => all.GroupBy(kill => (kill.Role, kill.Point.Position, kill.IsLost, kill.Point.Position == KillPosition.AfterMessages ? kill.At.Sent[^1].Kind : null))
            .Select(group => group.ElementAt((int)(place * (group.Count() - 1))));

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

        for (int i = 0; i < frame.Files; i++)
        {
            yield return new KillPoint(KillPosition.WhileSaving, i);
            if (i > 0)
            {
                yield return new KillPoint(KillPosition.AmongFiles, i);
            }
        }

        if (frame.Files > 0)
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
