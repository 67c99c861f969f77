using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// An invitation asks a client to train for a slot, starting from the aggregate of the round before. It contains neither
/// the aggregate, which most clients have, nor a training task, which every party derives from the job.
/// </summary>
/// <param name="Slot">The slot that the client's upload will be for.</param>
/// <param name="BaseDigest">
/// The digest of the chain up to the round before; without round keys, of the bytes of that round's aggregate, or of the
/// initial model in round 1.
/// </param>
/// <param name="ReferenceWeight">The weight that counts fully where clients multiply by their weights.</param>
/// <param name="BaseRound">The round whose aggregate is the starting point; 0 for the initial model.</param>
/// <param name="MemberKeys">The keys of the round of committee members, in their order; none without a committee.</param>
/// <param name="WasPublished">
/// Whether a sum of an earlier attempt at the round was published, or may have been by a server whose state was lost, so that a
/// client must not send the same training result again.
/// </param>
internal sealed record Invitation(
    UploadSlot Slot,
    int BaseRound,
    Digest BaseDigest,
    long ReferenceWeight,
    ImmutableArray<RelayedMemberKey> MemberKeys,
    bool WasPublished = false) : ServerMessage(Slot.JobId)
{
    /// <summary>Creates an invitation of a job without a committee, in which a round begins from the model of the round before.</summary>
    public Invitation(UploadSlot slot, Digest baseDigest, long referenceWeight, bool wasPublished = false)
        : this(slot, slot.Round - 1, baseDigest, referenceWeight, MemberKeys: [], wasPublished)
    {
    }

    /// <summary>The epoch of the round.</summary>
    public int Epoch { get; init; } = JobEpoch.First;

    public override MessageKind Kind => MessageKind.Invitation;

    public override int SizeHint => base.SizeHint + MemberKeys.Sum(key => 128 + key.Key.Length);

    /// <summary>Reads an invitation, or returns null when its slot is out of range.</summary>
    public static Invitation? ReadContent(ref WireReader reader, Guid jobId)
    {
        if (reader.ReadSlot(jobId, reader.ReadClientId()) is not UploadSlot slot)
        {
            return null;
        }

        int baseRound = reader.ReadInt32(0, slot.Round - 1);
        Digest digest = reader.ReadDigest();
        long reference = reader.ReadInt64(1, long.MaxValue);
        bool wasPublished = reader.ReadFlag();
        int epoch = reader.ReadInt32(JobEpoch.First, int.MaxValue);
        var keys = ImmutableArray.CreateBuilder<RelayedMemberKey>();
        for (int count = reader.ReadInt32(0, CommitteeTerms.MaxMembers); count > 0 && !reader.Failed; count--)
        {
            keys.Add(RelayedMemberKey.Read(ref reader));
        }

        return new Invitation(slot, baseRound, digest, reference, keys.ToImmutable(), wasPublished) { Epoch = epoch };
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteClientId(Slot.Client);
        writer.WriteInt32(Slot.Round);
        writer.WriteInt32(Slot.Attempt);
        writer.WriteInt32(BaseRound);
        writer.WriteDigest(BaseDigest);
        writer.WriteInt64(ReferenceWeight);
        writer.WriteByte((byte)(WasPublished ? 1 : 0));
        writer.WriteInt32(Epoch);
        writer.WriteInt32(MemberKeys.Length);
        foreach (RelayedMemberKey key in MemberKeys)
        {
            key.Write(writer);
        }
    }
}

/// <summary>
/// An acknowledgement tells a sender whether the message with a given digest was accepted, or why not. The digest
/// covers the bytes as they arrived, so that even unparsable bytes get an answer, and equal bytes get an equal one.
/// </summary>
internal sealed record Acknowledgement(Guid JobId, Digest MessageDigest, RefusalReason Reason) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Acknowledgement;

    public static Acknowledgement ReadContent(ref WireReader reader, Guid jobId)
    {
        Digest digest = reader.ReadDigest();
        var reason = (RefusalReason)reader.ReadByte();
        reader.Require(Enum.IsDefined(reason), FormatError.FieldOutOfRange);
        return new Acknowledgement(jobId, digest, reason);
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteDigest(MessageDigest);
        writer.WriteByte((byte)Reason);
    }
}

/// <summary>An aggregate message carries the encrypted aggregate of a round.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Round">The round.</param>
/// <param name="Aggregate">The aggregate.</param>
/// <param name="Proof">
/// A short message of the server that acknowledges the digest of the client's new model. It proves to the server that it closed
/// the round, which this message is too long for.
/// </param>
/// <param name="AggregateDigest">The digest of the aggregate; of a message that arrived, as it states it.</param>
internal sealed record AggregateMessage(
    Guid JobId, int Round, ReadOnlyMemory<byte> Aggregate, ReadOnlyMemory<byte> Proof, Digest AggregateDigest) : ServerMessage(JobId)
{
    /// <summary>Creates the message of an aggregate.</summary>
    public AggregateMessage(Guid jobId, int round, ReadOnlyMemory<byte> aggregate, ReadOnlyMemory<byte> proof = default)
        : this(jobId, round, aggregate, proof, Digest.Compute(aggregate.Span))
    {
    }

    public override MessageKind Kind => MessageKind.Aggregate;

    public override int ContentLength => Aggregate.Length;

    /// <summary>The length in bytes of an aggregate that is elsewhere, and stands in the message before the signature; 0 where <see cref="Aggregate"/> has it.</summary>
    public long LengthElsewhere { get; init; }

    public override long OmittedLength => LengthElsewhere;

    /// <summary>The aggregate in a stream, where <see cref="Aggregate"/> is empty; otherwise null.</summary>
    public MessageContent? Streamed { get; init; }

    /// <summary>The largest length in bytes of each part that stands in memory of an aggregate in a stream.</summary>
    public long LongestPart { get; init; } = long.MaxValue;

    /// <summary>The aggregate, wherever it is.</summary>
    public MessageContent Content => Streamed ?? MessageContent.Of(Aggregate);

    /// <summary>Tells whether the aggregate is the one whose digest the server signed; this reads all of it.</summary>
    public bool IsIntact => Content.ComputeSha256() == AggregateDigest;

    public override int SizeHint => base.SizeHint + Announcement.MaxProofLength + Aggregate.Length;

    public static AggregateMessage ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
        => ReadBeginning(ref reader, source, jobId) with { Aggregate = reader.ReadLongBytes(source) };

    /// <summary>Reads what stands before the length of the aggregate.</summary>
    public static AggregateMessage ReadBeginning(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
    {
        int round = reader.ReadRound();
        ReadOnlyMemory<byte> proof = reader.ReadBytesWithLength(source);
        reader.Require(proof.Length <= Announcement.MaxProofLength, FormatError.LimitExceeded);
        return new AggregateMessage(jobId, round, Aggregate: default, proof, reader.ReadDigest());
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteBytesWithLength(Proof.Span);
        writer.WriteDigest(AggregateDigest);
        writer.WriteInt64(Aggregate.Length + LengthElsewhere);
        writer.WriteBytes(Aggregate.Span);
    }
}

/// <summary>A conclusion reports that the job has ended, how, and with the aggregate of which round.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Round">The last round that has an aggregate; 0 when none has.</param>
internal sealed record Conclusion(Guid JobId, FederationOutcome Outcome, int Round) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Conclusion;

    public static Conclusion ReadContent(ref WireReader reader, Guid jobId)
    {
        var outcome = (FederationOutcome)reader.ReadByte();
        reader.Require(outcome is FederationOutcome.Completed or FederationOutcome.QuorumNotReached, FormatError.FieldOutOfRange);
        return new Conclusion(jobId, outcome, reader.ReadInt32(0, int.MaxValue));
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteByte((byte)Outcome);
        writer.WriteInt32(Round);
    }
}

/// <summary>
/// A history message carries the lists of contributors of rounds that a client missed, so that the client can follow the
/// chain to the aggregate that it asked for.
/// </summary>
internal sealed record HistoryMessage(Guid JobId, ImmutableArray<ReadOnlyMemory<byte>> Lists) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.History;

    public override int SizeHint => base.SizeHint + Lists.Sum(list => sizeof(int) + list.Length);

    public static HistoryMessage ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
    {
        int count = reader.ReadInt32(1, int.MaxValue);
        var lists = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            lists.Add(reader.ReadBytesWithLength(source));
        }

        return new HistoryMessage(jobId, lists.ToImmutable());
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Lists.Length);
        foreach (ReadOnlyMemory<byte> list in Lists)
        {
            writer.WriteBytesWithLength(list.Span);
        }
    }
}

/// <summary>A confirmations message passes the clients' confirmations of a model on to all clients.</summary>
internal sealed record ConfirmationsMessage(Guid JobId, int Round, ImmutableArray<RelayedConfirmation> Confirmations) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Confirmations;

    public override int SizeHint => base.SizeHint + (Confirmations.Length * 128);

    public static ConfirmationsMessage ReadContent(ref WireReader reader, Guid jobId)
    {
        int round = reader.ReadRound();
        int count = reader.ReadInt32(1, int.MaxValue);
        var confirmations = ImmutableArray.CreateBuilder<RelayedConfirmation>();
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            confirmations.Add(new RelayedConfirmation(
                reader.ReadClientId(), reader.ReadBytes(VerificationKey.SignatureSizeInBytes).ToArray()));
        }

        return new ConfirmationsMessage(jobId, round, confirmations.ToImmutable());
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteInt32(Confirmations.Length);
        foreach (RelayedConfirmation confirmation in Confirmations)
        {
            writer.WriteClientId(confirmation.Client);
            writer.WriteBytes(confirmation.Signature.Span);
        }
    }
}
