using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A catch-up is what leads a client from its chain to the latest aggregate: the lists of each epoch, which the client holds to the roster and
/// the committee of that epoch, the certificate of the next one, and at last the aggregate. For a client that left it ends with the
/// certificate that says so.
/// </summary>
/// <param name="Parts">The parts, one an epoch.</param>
internal sealed record CatchUp(ImmutableArray<CatchUpPart> Parts)
{
    /// <summary>Whether there is nothing to send.</summary>
    public bool IsEmpty => Parts.All(part => part is { HasAggregate: false, Certificate: null });

    /// <summary>Finds what a client lacks.</summary>
    /// <param name="state">The state of the server.</param>
    /// <param name="client">The client.</param>
    /// <param name="knownRound">The last round of the client's chain.</param>
    /// <param name="neededRound">The first round whose aggregate is of use to the client.</param>
    public static CatchUp Of(ServerState state, ClientId client, int knownRound, int neededRound)
    {
        var parts = ImmutableArray.CreateBuilder<CatchUpPart>();
        int latest = state.LastAggregatedRound;
        bool opensLatest = latest > 0 && neededRound <= latest && state.HasModel(client);
        int known = knownRound;
        foreach (EpochCertificate certificate in state.Epochs.Certificates.Where(certificate => certificate.FirstRound > knownRound))
        {
            int last = certificate.FirstRound - 1;

            // The latest aggregate brings its own list.
            bool isLatest = opensLatest && last == latest;
            parts.Add(new CatchUpPart(ListsBetween(state, known, isLatest ? last - 1 : last), isLatest, certificate));
            known = last;
            if (!certificate.Job.Roster.TryGetKey(client, out _))
            {
                return new CatchUp(parts.ToImmutable());
            }
        }

        if (opensLatest && (parts.Count == 0 || latest > known))
        {
            parts.Add(new CatchUpPart(ListsBetween(state, known, latest - 1), HasAggregate: true, Certificate: null));
        }

        return new CatchUp(parts.ToImmutable());
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> ListsBetween(ServerState state, int known, int last)
        => [.. state.History.Where(listed => listed.Round > known && listed.Round <= last).Select(listed => listed.List)];
}
