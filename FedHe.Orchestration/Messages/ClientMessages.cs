using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// An announcement tells the server that a client is available, and which job, mask, weight and model the client has.
/// </summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The client.</param>
/// <param name="JobDigest">The digest of the client's description of the job.</param>
/// <param name="MaskDigest">The digest of the client's mask.</param>
/// <param name="Weight">The weight of the client's data, or 0 where the server does not learn it.</param>
/// <param name="IsCapped">Whether the client has more data than the largest weight of the job counts.</param>
/// <param name="ModelRound">The round of the client's model; 0 for the initial model.</param>
/// <param name="Proof">
/// The newest short message of the server that the client has, or nothing. It proves to a server with an older state that
/// there was a newer one.
/// </param>
internal sealed record Announcement(
    Guid JobId, ClientId Client, Digest JobDigest, Digest MaskDigest, long Weight, bool IsCapped, int ModelRound, ReadOnlyMemory<byte> Proof) : ClientMessage(JobId, Client)
{
    private const byte Capped = 1;
    private const byte Withdrawn = 2;

    /// <summary>The epoch that the client is in.</summary>
    public int Epoch { get; init; } = JobEpoch.First;

    /// <summary>Whether the client contributes no more, until it says otherwise, and takes part in everything else.</summary>
    public bool IsWithdrawn { get; init; }

    /// <summary>The length of the longest proof, in bytes.</summary>
    public const int MaxProofLength = 512;

    public override MessageKind Kind => MessageKind.Announcement;

    public static Announcement ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
    {
        Digest job = reader.ReadDigest();
        Digest mask = reader.ReadDigest();
        long weight = reader.ReadInt64(0, long.MaxValue);
        byte flags = reader.ReadByte();
        reader.Require((flags & ~(Capped | Withdrawn)) == 0, FormatError.FieldOutOfRange);
        var read = new Announcement(
            jobId, client, job, mask, weight, (flags & Capped) != 0, reader.ReadInt32(0, int.MaxValue), reader.ReadBytesWithLength(source))
        {
            Epoch = reader.ReadInt32(JobEpoch.First, int.MaxValue),
            IsWithdrawn = (flags & Withdrawn) != 0,
        };
        reader.Require(read.Proof.Length <= MaxProofLength, FormatError.LimitExceeded);
        return read;
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteDigest(JobDigest);
        writer.WriteDigest(MaskDigest);
        writer.WriteInt64(Weight);
        writer.WriteByte((byte)((IsCapped ? Capped : 0) | (IsWithdrawn ? Withdrawn : 0)));
        writer.WriteInt32(ModelRound);
        writer.WriteBytesWithLength(Proof.Span);
        writer.WriteInt32(Epoch);
    }
}

/// <summary>An upload carries a client's encrypted update for a slot.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Update">The encrypted update.</param>
/// <param name="UpdateDigest">The range digest of the update; of a message that arrived, as it states it.</param>
internal sealed record Upload(UploadSlot Slot, ReadOnlyMemory<byte> Update, Digest UpdateDigest) : ClientMessage(Slot.JobId, Slot.Client)
{
    /// <summary>Creates an upload of an update, which is hashed with the largest number of threads, at least 1, or -1 for a thread for each core.</summary>
    public Upload(UploadSlot slot, ReadOnlyMemory<byte> update, int degree = -1)
        : this(slot, update, RangeDigest.Compute(update.Span, MessageFormat.UpdateStartOf(slot.Client), degree))
    {
    }

    public override MessageKind Kind => MessageKind.Upload;

    public override int ContentLength => Update.Length;

    /// <summary>The length in bytes of an update that is elsewhere, and stands in the message before the signature; 0 where <see cref="Update"/> has it.</summary>
    public long LengthElsewhere { get; init; }

    public override long OmittedLength => LengthElsewhere;

    /// <summary>The update in a stream, where <see cref="Update"/> is empty; otherwise null.</summary>
    public MessageContent? Streamed { get; init; }

    /// <summary>What was found out about the message when it arrived, or null.</summary>
    public UploadDigests? Digests { get; init; }

    /// <summary>The update, wherever it is.</summary>
    public MessageContent Content => Streamed ?? MessageContent.Of(Update);

    /// <summary>Where the update begins in the message.</summary>
    public int Start => MessageFormat.UpdateStartOf(Client);

    /// <summary>Tells whether the update is the one whose digest the client signed; this reads all of it.</summary>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public bool IsIntact(int degree) => (Digests?.Update ?? Content.ComputeDigest(Start, degree)) == UpdateDigest;

    public override int SizeHint => base.SizeHint + Update.Length;

    /// <summary>Reads the rest of an upload; returns null when its slot is out of range.</summary>
    public static Upload? ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
    {
        UploadSlot? slot = reader.ReadSlot(jobId, client);
        Digest digest = reader.ReadDigest();
        ReadOnlyMemory<byte> update = reader.ReadLongBytes(source);
        return slot is null ? null : new Upload(slot, update, digest);
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Slot.Round);
        writer.WriteInt32(Slot.Attempt);
        writer.WriteDigest(UpdateDigest);
        writer.WriteInt64(Update.Length + LengthElsewhere);
        writer.WriteBytes(Update.Span);
    }
}

/// <summary>
/// An aggregate request asks for the latest aggregate, because the client missed the aggregate of a round.
/// </summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The client.</param>
/// <param name="Round">The round whose aggregate the client needs.</param>
/// <param name="KnownRound">The last round of the client's chain; 0 for the initial model.</param>
internal sealed record AggregateRequest(Guid JobId, ClientId Client, int Round, int KnownRound) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.AggregateRequest;

    public static AggregateRequest ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadRound(), reader.ReadInt32(0, int.MaxValue));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteInt32(KnownRound);
    }
}

/// <summary>A confirmation states that a client opened the sum of a round, and the chain that led to it.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The client.</param>
/// <param name="Round">The round.</param>
/// <param name="Chain">The digest of the chain up to the round.</param>
internal sealed record Confirmation(Guid JobId, ClientId Client, int Round, Digest Chain) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.Confirmation;

    public static Confirmation ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadRound(), reader.ReadDigest());

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteDigest(Chain);
    }
}

/// <summary>An objection states that a client refuses the sum of a round, and the chain that would have led to it.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The client.</param>
/// <param name="Round">The round.</param>
/// <param name="Chain">The digest of the chain up to the list that the client refuses.</param>
/// <param name="Part">The part whose tags are wrong, if it is a tag that is wrong.</param>
internal sealed record Objection(Guid JobId, ClientId Client, int Round, Digest Chain, InspectedPart Part = InspectedPart.None) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.Objection;

    public static Objection ReadContent(ref WireReader reader, Guid jobId, ClientId client)
    {
        var read = new Objection(jobId, client, reader.ReadRound(), reader.ReadDigest(), (InspectedPart)reader.ReadByte());
        reader.Require(Enum.IsDefined(read.Part), FormatError.FieldOutOfRange);
        return read;
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteDigest(Chain);
        writer.WriteByte((byte)Part);
    }
}
