using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>A key sum carries the sum of the round keys of an attempt whose values are held back until clients approve it.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Round">The round.</param>
/// <param name="Sum">A verifiable aggregate without values, whose list has the tags of the keys alone.</param>
internal sealed record KeySumMessage(Guid JobId, int Round, ReadOnlyMemory<byte> Sum) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.KeySum;

    public override int SizeHint => base.SizeHint + Sum.Length;

    public static KeySumMessage ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
        => new(jobId, reader.ReadRound(), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteBytesWithLength(Sum.Span);
    }
}

/// <summary>A key approval states that the tags of a sum of round keys are right.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The client.</param>
/// <param name="Round">The round.</param>
/// <param name="List">The digest of the list of the key sum.</param>
internal sealed record KeyApproval(Guid JobId, ClientId Client, int Round, Digest List) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.KeyApproval;

    public static KeyApproval ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadRound(), reader.ReadDigest());

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteDigest(List);
    }
}

/// <summary>An inquiry asks a contributor of a void attempt to show one part of its upload.</summary>
/// <param name="Slot">The slot of the upload.</param>
/// <param name="List">The digest of the list that clients object to.</param>
/// <param name="Part">The part.</param>
internal sealed record Inquiry(UploadSlot Slot, Digest List, InspectedPart Part) : ServerMessage(Slot.JobId)
{
    public override MessageKind Kind => MessageKind.Inquiry;

    /// <summary>Reads an inquiry, or returns null when its slot is out of range.</summary>
    public static Inquiry? ReadContent(ref WireReader reader, Guid jobId)
        => reader.ReadSlot(jobId, reader.ReadClientId()) is UploadSlot slot
            ? new Inquiry(slot, reader.ReadDigest(), ReadPart(ref reader))
            : null;

    /// <summary>Reads a part that can be shown.</summary>
    public static InspectedPart ReadPart(ref WireReader reader)
    {
        var part = (InspectedPart)reader.ReadByte();
        reader.Require(part is InspectedPart.Values or InspectedPart.Keys, FormatError.FieldOutOfRange);
        return part;
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteClientId(Slot.Client);
        writer.WriteInt32(Slot.Round);
        writer.WriteInt32(Slot.Attempt);
        writer.WriteDigest(List);
        writer.WriteByte((byte)Part);
    }
}

/// <summary>A showing carries one part of a client's upload for a void attempt.</summary>
/// <param name="Slot">The slot of the upload.</param>
/// <param name="List">The digest of the list that clients object to.</param>
/// <param name="Part">The part.</param>
/// <param name="Shown">The part with its tags.</param>
/// <param name="ShownDigest">The digest of what is shown; of a message that arrived, as it states it.</param>
internal sealed record Showing(UploadSlot Slot, Digest List, InspectedPart Part, ReadOnlyMemory<byte> Shown, Digest ShownDigest)
    : ClientMessage(Slot.JobId, Slot.Client)
{
    /// <summary>Creates the showing of a part.</summary>
    public Showing(UploadSlot slot, Digest list, InspectedPart part, ReadOnlyMemory<byte> shown)
        : this(slot, list, part, shown, Digest.Compute(shown.Span))
    {
    }

    public override MessageKind Kind => MessageKind.Showing;

    public override int ContentLength => Shown.Length;

    /// <summary>Tells whether the part is the one whose digest the client signed; this reads all of it.</summary>
    public bool IsIntact => Digest.Compute(Shown.Span) == ShownDigest;

    public override int SizeHint => base.SizeHint + Shown.Length;

    /// <summary>Reads the rest of a showing; returns null when its slot is out of range.</summary>
    public static Showing? ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
    {
        UploadSlot? slot = reader.ReadSlot(jobId, client);
        Digest list = reader.ReadDigest();
        InspectedPart part = Inquiry.ReadPart(ref reader);
        Digest digest = reader.ReadDigest();
        ReadOnlyMemory<byte> shown = reader.ReadBytesWithLength(source);
        return slot is null ? null : new Showing(slot, list, part, shown, digest);
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Slot.Round);
        writer.WriteInt32(Slot.Attempt);
        writer.WriteDigest(List);
        writer.WriteByte((byte)Part);
        writer.WriteDigest(ShownDigest);
        writer.WriteBytesWithLength(Shown.Span);
    }
}

/// <summary>A check request asks a client to check the tags of a part that another client showed.</summary>
/// <param name="Slot">The slot of the upload.</param>
/// <param name="Weight">The weight of the upload; 0 when weights are hidden.</param>
/// <param name="Nonce">The nonce of the upload.</param>
/// <param name="ReferenceWeight">The reference weight of the attempt.</param>
/// <param name="List">The digest of the list that clients object to.</param>
/// <param name="Part">The part.</param>
/// <param name="Shown">The part with its tags.</param>
/// <param name="ShownDigest">The digest of what was shown; of a message that arrived, as it states it.</param>
internal sealed record CheckRequest(
    UploadSlot Slot,
    long Weight,
    Digest Nonce,
    long ReferenceWeight,
    Digest List,
    InspectedPart Part,
    ReadOnlyMemory<byte> Shown,
    Digest ShownDigest) : ServerMessage(Slot.JobId)
{
    public override MessageKind Kind => MessageKind.CheckRequest;

    public override int ContentLength => Shown.Length;

    /// <summary>Tells whether the part is the one whose digest the server signed; this reads all of it.</summary>
    public bool IsIntact => Digest.Compute(Shown.Span) == ShownDigest;

    public override int SizeHint => base.SizeHint + Shown.Length;

    /// <summary>Reads a check request, or returns null when its slot is out of range.</summary>
    public static CheckRequest? ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
    {
        UploadSlot? slot = reader.ReadSlot(jobId, reader.ReadClientId());
        long weight = reader.ReadInt64(0, long.MaxValue);
        Digest nonce = reader.ReadDigest();
        long reference = reader.ReadInt64(1, long.MaxValue);
        Digest list = reader.ReadDigest();
        InspectedPart part = Inquiry.ReadPart(ref reader);
        Digest digest = reader.ReadDigest();
        ReadOnlyMemory<byte> shown = reader.ReadBytesWithLength(source);
        return slot is null ? null : new CheckRequest(slot, weight, nonce, reference, list, part, shown, digest);
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteClientId(Slot.Client);
        writer.WriteInt32(Slot.Round);
        writer.WriteInt32(Slot.Attempt);
        writer.WriteInt64(Weight);
        writer.WriteDigest(Nonce);
        writer.WriteInt64(ReferenceWeight);
        writer.WriteDigest(List);
        writer.WriteByte((byte)Part);
        writer.WriteDigest(ShownDigest);
        writer.WriteBytesWithLength(Shown.Span);
    }
}

/// <summary>A verdict states whether the tags of a part that another client showed are right.</summary>
/// <param name="Client">The client that checked.</param>
/// <param name="Slot">The slot of the upload that was shown.</param>
/// <param name="List">The digest of the list that clients object to.</param>
/// <param name="Part">The part.</param>
/// <param name="ShownDigest">The digest of what was shown.</param>
/// <param name="IsRight">Whether the tags are right.</param>
internal sealed record Verdict(ClientId Client, UploadSlot Slot, Digest List, InspectedPart Part, Digest ShownDigest, bool IsRight)
    : ClientMessage(Slot.JobId, Client)
{
    public override MessageKind Kind => MessageKind.Verdict;

    /// <summary>Reads the rest of a verdict; returns null when its slot is out of range.</summary>
    public static Verdict? ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => reader.ReadSlot(jobId, reader.ReadClientId()) is UploadSlot slot
            ? new Verdict(client, slot, reader.ReadDigest(), Inquiry.ReadPart(ref reader), reader.ReadDigest(), reader.ReadFlag())
            : null;

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteClientId(Slot.Client);
        writer.WriteInt32(Slot.Round);
        writer.WriteInt32(Slot.Attempt);
        writer.WriteDigest(List);
        writer.WriteByte((byte)Part);
        writer.WriteDigest(ShownDigest);
        writer.WriteByte((byte)(IsRight ? 1 : 0));
    }
}
