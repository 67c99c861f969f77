using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// An announcement tells the server that a client is available, and which job and mask the client has.
/// </summary>
internal sealed record Announcement(Guid JobId, ClientId Client, Digest JobDigest, Digest MaskDigest) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.Announcement;

    public static Announcement ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadDigest(), reader.ReadDigest());

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteDigest(JobDigest);
        writer.WriteDigest(MaskDigest);
    }
}

/// <summary>An upload carries a client's encrypted update for a slot.</summary>
internal sealed record Upload(UploadSlot Slot, ReadOnlyMemory<byte> Update) : ClientMessage(Slot.JobId, Slot.Client)
{
    public override MessageKind Kind => MessageKind.Upload;

    public override int SizeHint => base.SizeHint + Update.Length;

    /// <summary>Reads the rest of an upload; returns null when its slot is out of range.</summary>
    public static Upload? ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
    {
        UploadSlot? slot = reader.ReadSlot(jobId, client);
        ReadOnlyMemory<byte> update = reader.ReadBytesWithLength(source);
        return slot is null ? null : new Upload(slot, update);
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Slot.Round);
        writer.WriteInt32(Slot.Attempt);
        writer.WriteBytesWithLength(Update.Span);
    }
}

/// <summary>
/// An aggregate request asks for the latest aggregate, because the client missed the aggregate of a round.
/// </summary>
internal sealed record AggregateRequest(Guid JobId, ClientId Client, int Round) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.AggregateRequest;

    public static AggregateRequest ReadContent(ref WireReader reader, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadRound());

    protected override void WriteContent(WireWriter writer) => writer.WriteInt32(Round);
}
