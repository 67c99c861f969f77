using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
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
        writer.WriteByte((byte)(renewal is null ? 0 : 1));
        if (renewal is not null)
        {
            writer.WriteByte((byte)(renewal.IsOverdue ? 1 : 0));
            writer.WriteInt32(renewal.Votes.Count);
            foreach (RelayedVote vote in renewal.Votes.Values)
            {
                vote.Write(writer);
            }

            writer.WriteInt32(renewal.Bound.Count);
            foreach (ClientId member in renewal.Bound)
            {
                writer.WriteClientId(member);
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
        if (!reader.ReadFlag() || reader.Failed)
        {
            return (plan, null);
        }

        reader.Require(plan is not null, FormatError.Inconsistent);
        if (reader.Failed)
        {
            return (plan, null);
        }

        var renewal = new Renewal(new EpochStatement(plan!, round, @base)) { IsOverdue = reader.ReadFlag() };
        reader.Require(renewal.Statement.Check(job) is null, FormatError.Inconsistent);
        for (int count = reader.ReadInt32(0, job.Committee!.Threshold - 1); count > 0 && !reader.Failed; count--)
        {
            RelayedVote vote = RelayedVote.Read(ref reader);
            reader.Require(vote.IsFor(renewal.Statement, job) && renewal.Votes.TryAdd(vote.Member, vote), FormatError.Inconsistent);
        }

        for (int count = reader.ReadInt32(0, job.Committee!.Members.Length - job.Committee.Threshold); count > 0 && !reader.Failed; count--)
        {
            ClientId member = reader.ReadClientId();
            reader.Require(job.Committee.Has(member) && renewal.Bound.Add(member), FormatError.Inconsistent);
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
