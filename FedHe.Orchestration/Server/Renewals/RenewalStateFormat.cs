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
    public static void Write(WireWriter writer, EpochPlan? plan, Renewal? renewal)
    {
        writer.WriteBytesWithLength(plan is null ? default : plan.Bytes.Span);
        writer.WriteInt32(renewal?.PutOffRound ?? 0);
        writer.WriteByte((byte)(renewal is null ? 0 : 1));
        if (renewal is not null)
        {
            writer.WriteBytesWithLength(renewal.Statement.Plan.Bytes.Span);
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
    /// <param name="round">The round that the next epoch would begin with, which is the one after the last sum.</param>
    /// <param name="base">The digest of the chain up to the round before.</param>
    public static (EpochPlan? Plan, Renewal? Renewal) Read(ref WireReader reader, FederationJob job, int round, Digest @base)
    {
        EpochPlan? plan = ReadPlan(ref reader, job);
        int putOffRound = reader.ReadInt32(0, job.Settings.Rounds);
        if (!reader.ReadFlag() || reader.Failed)
        {
            return (plan, null);
        }

        EpochPlan? voted = ReadPlan(ref reader, job);
        reader.Require(plan is not null && voted is not null, FormatError.Inconsistent);
        if (reader.Failed)
        {
            return (plan, null);
        }

        var renewal = new Renewal(new EpochStatement(voted!, round, @base)) { PutOffRound = putOffRound };
        reader.Require(renewal.Statement.Check(job) is null, FormatError.Inconsistent);
        for (int count = reader.ReadInt32(0, job.Committee!.Threshold - 1); count > 0 && !reader.Failed; count--)
        {
            RelayedVote vote = RelayedVote.Read(ref reader);
            reader.Require(vote.IsFor(renewal.Statement, job) && renewal.Votes.TryAdd(vote.Member, vote), FormatError.Inconsistent);
        }

        return (plan, renewal);
    }

    private static EpochPlan? ReadPlan(ref WireReader reader, FederationJob job)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytesWithLength();
        EpochPlan? plan = null;
        bool isPlan = bytes.IsEmpty
            || (EpochPlan.TryRead(bytes, job.Authority.ParametersId, out plan, out _) && EpochRules.Check(plan, job) is null);
        reader.Require(isPlan, FormatError.Inconsistent);
        return plan;
    }
}
