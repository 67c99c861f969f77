using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Epochs;

/// <summary>Epoch terms are what a plan says of an epoch.</summary>
/// <param name="JobId">The job.</param>
/// <param name="JobDigest">The digest of the job.</param>
/// <param name="Number">The number of the epoch.</param>
/// <param name="Before">The digest of the epoch before.</param>
/// <param name="KeyId">The identity of the group key.</param>
/// <param name="Roster">The clients.</param>
/// <param name="Retired">The clients on the roster that are to be members no more, sorted.</param>
/// <param name="Committee">The committee.</param>
internal sealed record EpochTerms(
    Guid JobId,
    Digest JobDigest,
    int Number,
    Digest Before,
    KeyId KeyId,
    ClientRoster Roster,
    ImmutableArray<ClientId> Retired,
    CommitteeTerms Committee)
{
    public void Write(WireWriter writer)
    {
        writer.WriteGuid(JobId);
        writer.WriteDigest(JobDigest);
        writer.WriteInt32(Number);
        writer.WriteDigest(Before);
        writer.WriteKeyId(KeyId);
        Roster.Write(writer);
        writer.WriteInt32(Retired.Length);
        foreach (ClientId client in Retired)
        {
            writer.WriteClientId(client);
        }

        CommitteeTerms.Write(Committee, writer);
    }

    /// <summary>Reads terms, or returns null after a failure.</summary>
    public static EpochTerms? Read(ref WireReader reader)
    {
        Guid jobId = reader.ReadGuid();
        Digest jobDigest = reader.ReadDigest();
        int number = reader.ReadInt32(JobEpoch.First + 1, int.MaxValue);
        Digest before = reader.ReadDigest();
        KeyId keyId = reader.ReadKeyId();
        ClientRoster? roster = ClientRoster.Read(ref reader);
        var retired = ImmutableArray.CreateBuilder<ClientId>();
        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            reader.Require(
                (retired.Count == 0 || retired[^1].CompareTo(client) < 0) && roster?.TryGetKey(client, out _) == true, FormatError.Inconsistent);
            retired.Add(client);
        }

        CommitteeTerms? committee = CommitteeTerms.Read(ref reader);
        reader.Require(committee is not null, FormatError.FieldOutOfRange);
        return reader.Failed ? null : new EpochTerms(jobId, jobDigest, number, before, keyId, roster!, retired.ToImmutable(), committee!);
    }
}
