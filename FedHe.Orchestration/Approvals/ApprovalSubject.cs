using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Approvals;

/// <summary>
/// An approval subject is the one thing that an approval is for: that a client with its verification key gets the key of one epoch of one job, or that
/// the authority signs one plan of one epoch. Subjects are equal when every part is.
/// </summary>
public sealed record ApprovalSubject
{
    private ApprovalSubject(ApprovalKind kind, Digest jobDigest, int epoch, KeyId keyId)
        => (Kind, JobDigest, Epoch, KeyId) = (kind, jobDigest, epoch, keyId);

    /// <summary>What is approved.</summary>
    public ApprovalKind Kind { get; }

    /// <summary>The digest of the job.</summary>
    public Digest JobDigest { get; }

    /// <summary>The number of the epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>The identity of the key that is granted, or of the group key of the planned epoch.</summary>
    public KeyId KeyId { get; }

    /// <summary>The client that gets the key; null for a plan.</summary>
    public ClientId? Client { get; private init; }

    /// <summary>The key that verifies the messages of the client, as the roster of the epoch has it; null for a plan.</summary>
    public VerificationKey? ClientKey { get; private init; }

    /// <summary>The digest of the plan; null for a grant.</summary>
    public Digest? Plan { get; private init; }

    /// <summary>The digest of every part, which names the subject.</summary>
    public Digest Digest
    {
        get
        {
            var bytes = new ArrayBufferWriter<byte>();
            bytes.Write("FedHe approval subject v1\0"u8);
            Write(new WireWriter(bytes));
            return Digest.Compute(bytes.WrittenSpan);
        }
    }

    /// <summary>Returns the subject of a grant.</summary>
    /// <param name="job">The job in the epoch whose key the client gets.</param>
    /// <param name="client">The client.</param>
    /// <exception cref="ArgumentException">The client is not on the roster of the epoch.</exception>
    public static ApprovalSubject OfGrant(FederationJob job, ClientId client)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.Roster.TryGetKey(client, out VerificationKey? key)
            ? new ApprovalSubject(ApprovalKind.KeyGrant, job.Digest, job.EpochNumber, job.Authority.KeyId) { Client = client, ClientKey = key }
            : throw Errors.Throw.NotOnTheRoster(client.Value, nameof(client));
    }

    /// <summary>Returns the subject of a plan.</summary>
    /// <param name="draft">The plan, which the authority has not signed.</param>
    public static ApprovalSubject OfPlan(EpochDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return new ApprovalSubject(ApprovalKind.EpochPlan, draft.Terms.JobDigest, draft.Number, draft.KeyId) { Plan = draft.Digest };
    }

    internal void Write(WireWriter writer)
    {
        writer.WriteByte((byte)Kind);
        writer.WriteDigest(JobDigest);
        writer.WriteInt32(Epoch);
        writer.WriteKeyId(KeyId);
        if (Plan is Digest plan)
        {
            writer.WriteDigest(plan);
        }
        else
        {
            writer.WriteClientId(Client!.Value);
            writer.WriteBytes(ClientKey!.Encoded);
        }
    }

    /// <summary>Reads a subject, or returns null after a failure.</summary>
    internal static ApprovalSubject? Read(ref WireReader reader)
    {
        var kind = (ApprovalKind)reader.ReadByte();
        reader.Require(Enum.IsDefined(kind), FormatError.FieldOutOfRange);
        Digest job = reader.ReadDigest();
        int epoch = reader.ReadInt32(kind == ApprovalKind.EpochPlan ? JobEpoch.First + 1 : JobEpoch.First, int.MaxValue);
        var subject = new ApprovalSubject(kind, job, epoch, reader.ReadKeyId());
        if (kind == ApprovalKind.EpochPlan)
        {
            subject = subject with { Plan = reader.ReadDigest() };
        }
        else if (!reader.Failed)
        {
            ClientId client = reader.ReadClientId();
            bool isKey = TryReadKey(ref reader, out VerificationKey? key);
            reader.Require(isKey, FormatError.Inconsistent);
            subject = subject with { Client = client, ClientKey = key };
        }

        return reader.Failed ? null : subject;
    }

    private static bool TryReadKey(ref WireReader reader, [NotNullWhen(true)] out VerificationKey? key)
        => VerificationKey.TryParse(reader.ReadBytes(VerificationKey.SizeInBytes), out key);
}
