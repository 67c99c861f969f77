using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Server.Renewals;

/// <summary>The renewal state format encodes the plan of the next epoch, and the vote for it.</summary>
internal static class RenewalStateFormat
{
    public static void Write(WireWriter writer, EpochPlan? plan, int putOffRound, Renewal? renewal)
    {
        writer.WriteBytesWithLength(plan is null ? default : plan.Bytes.Span);
        writer.WriteInt32(putOffRound);
        writer.WriteByte((byte)(renewal is null ? 0 : 1));
        if (renewal is not null)
        {
            writer.WriteInt32(renewal.Votes.Count);
            foreach (RelayedVote vote in renewal.Votes.Values)
            {
                vote.Write(writer);
            }
        }
    }

    /// <summary>Reads what was written, as far as it fits the job.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="job">The job in its current epoch.</param>
    /// <param name="round">The round that the next epoch would begin with.</param>
    /// <param name="base">The digest of the chain up to the round before.</param>
    public static (EpochPlan? Plan, int PutOffRound, Renewal? Renewal) Read(ref WireReader reader, FederationJob job, int round, Digest @base)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytesWithLength();
        EpochPlan? plan = null;
        bool isPlan = bytes.IsEmpty
            || (EpochPlan.TryRead(bytes, job.Authority.ParametersId, out plan, out _) && EpochRules.Check(plan, job) is null);
        reader.Require(isPlan, FormatError.Inconsistent);
        int putOffRound = reader.ReadInt32(0, job.Settings.Rounds);
        bool isVoting = reader.ReadFlag();
        reader.Require(!isVoting || plan is not null, FormatError.Inconsistent);
        if (!isVoting || reader.Failed)
        {
            return (plan, putOffRound, null);
        }

        var renewal = new Renewal(new EpochStatement(plan!, round, @base));
        reader.Require(renewal.Statement.Check(job) is null, FormatError.Inconsistent);
        for (int count = reader.ReadInt32(0, CommitteeTerms.MaxMembers); count > 0 && !reader.Failed; count--)
        {
            RelayedVote vote = RelayedVote.Read(ref reader);
            reader.Require(vote.IsFor(renewal.Statement, job) && renewal.Votes.TryAdd(vote.Member, vote), FormatError.Inconsistent);
        }

        return (plan, putOffRound, renewal);
    }
}
