using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Job;

/// <summary>A job epoch is a part of a job in which roster, committee and group key stay the same.</summary>
/// <param name="Number">The number of the epoch, from 1.</param>
/// <param name="Digest">The digest that names the epoch: of the job, or of what its certificate states.</param>
/// <param name="FirstRound">The first round of the epoch.</param>
/// <param name="Base">The digest of the chain up to the round before.</param>
internal sealed record JobEpoch(int Number, Digest Digest, int FirstRound, Digest Base)
{
    /// <summary>The number of the epoch that a job begins with.</summary>
    public const int First = 1;
}
