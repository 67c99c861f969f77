using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Kills;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>A kill is one entry of the enumeration: a frame of the undisturbed run, and a position within its handling.</summary>
/// <param name="At">The frame.</param>
/// <param name="Point">The position.</param>
internal sealed record Kill(DeliveredFrame At, KillPoint Point)
{
    /// <summary>The role of the party, which the sample covers at every position.</summary>
    public string Role => PartyNames.Clients.Contains(At.Party) ? "client" : At.Party;

    /// <summary>Enumerates every kill of a run.</summary>
    public static IEnumerable<Kill> All(IEnumerable<DeliveredFrame> run) => run.SelectMany(At => PointsOf(At).Select(point => new Kill(At, point)));

    /// <summary>Chooses the kills at some places of the run, of every role at every position: 0 is the first kill and 1 the last.</summary>
    public static IEnumerable<Kill> Sample(IEnumerable<Kill> all, params double[] places)
        => all.GroupBy(kill => (kill.Role, kill.Point.Position))
            .SelectMany(group => places.Select(place => group.ElementAt((int)(place * (group.Count() - 1)))))
            .Distinct();

    /// <inheritdoc/>
    public override string ToString() => $"{At.Party}, frame {At.Number} ({At.Kind}), {Point}";

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
