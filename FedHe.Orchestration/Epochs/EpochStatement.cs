using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Epochs;

/// <summary>
/// An epoch statement is what members vote for: that a plan takes effect with a round, after a last sum of the epoch before. Its digest
/// names the epoch.
/// </summary>
/// <param name="Plan">The plan.</param>
/// <param name="FirstRound">The first round of the epoch.</param>
/// <param name="Base">The digest of the chain up to the round before, which has a sum.</param>
internal sealed record EpochStatement(EpochPlan Plan, int FirstRound, Digest Base)
{
    public Digest Digest => DigestOf(Plan, FirstRound, Base);

    /// <summary>Returns the reason why the epoch cannot begin with this round, or null.</summary>
    /// <param name="job">The job in the epoch before.</param>
    public EpochError? Check(FederationJob job)
        => FirstRound >= EpochRules.EarliestRoundAfter(job) && FirstRound <= job.Settings.Rounds ? null : EpochError.WrongRound;

    private static Digest DigestOf(EpochPlan plan, int firstRound, Digest @base)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe epoch v1"u8);
        var writer = new WireWriter(bytes);
        writer.WriteDigest(plan.Digest);
        writer.WriteInt32(firstRound);
        writer.WriteDigest(@base);
        return Digest.Compute(bytes.WrittenSpan);
    }
}
