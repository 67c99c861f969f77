using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// An invitation asks a client to train for a slot, starting from the aggregate of the round before. It contains neither
/// the aggregate, which most clients have, nor a training task, which every party derives from the job.
/// </summary>
/// <param name="Slot">The slot that the client's upload will be for.</param>
/// <param name="BaseDigest">
/// The digest of the bytes of the aggregate of the round before, or of the initial model in round 1.
/// </param>
internal sealed record Invitation(UploadSlot Slot, Digest BaseDigest) : ServerMessage(Slot.JobId)
{
    public override MessageKind Kind => MessageKind.Invitation;

    /// <summary>The round whose aggregate is the starting point; 0 for the initial model.</summary>
    public int BaseRound => Slot.Round - 1;

    /// <summary>Reads an invitation, or returns null when its slot is out of range.</summary>
    public static Invitation? ReadBody(ref WireReader reader, Guid jobId)
        => reader.ReadSlot(jobId, reader.ReadClientId()) is UploadSlot slot ? new Invitation(slot, reader.ReadDigest()) : null;

    public override void WriteBody(WireWriter writer)
    {
        writer.WriteClientId(Slot.Client);
        writer.WriteInt32(Slot.Round);
        writer.WriteInt32(Slot.Attempt);
        writer.WriteDigest(BaseDigest);
    }
}

/// <summary>
/// An acknowledgement tells a sender whether the message with a given digest was accepted, or why not. The digest
/// covers the bytes as they arrived, so that even unparsable bytes get an answer, and equal bytes get an equal one.
/// </summary>
internal sealed record Acknowledgement(Guid JobId, Digest MessageDigest, RefusalReason Reason) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Acknowledgement;

    public static Acknowledgement ReadBody(ref WireReader reader, Guid jobId)
    {
        Digest digest = reader.ReadDigest();
        var reason = (RefusalReason)reader.ReadByte();
        reader.Require(Enum.IsDefined(reason), FormatError.FieldOutOfRange);
        return new Acknowledgement(jobId, digest, reason);
    }

    public override void WriteBody(WireWriter writer)
    {
        writer.WriteDigest(MessageDigest);
        writer.WriteByte((byte)Reason);
    }
}

/// <summary>An aggregate message carries the encrypted aggregate of a round.</summary>
internal sealed record AggregateMessage(Guid JobId, int Round, ReadOnlyMemory<byte> Aggregate) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Aggregate;

    public override int SizeHint => base.SizeHint + Aggregate.Length;

    public static AggregateMessage ReadBody(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId)
        => new(jobId, reader.ReadRound(), reader.ReadBytesWithLength(source));

    public override void WriteBody(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteBytesWithLength(Aggregate.Span);
    }
}

/// <summary>A conclusion reports that the job has ended, and how.</summary>
internal sealed record Conclusion(Guid JobId, FederationOutcome Outcome) : ServerMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Conclusion;

    public static Conclusion ReadBody(ref WireReader reader, Guid jobId)
    {
        var outcome = (FederationOutcome)reader.ReadByte();
        reader.Require(Enum.IsDefined(outcome), FormatError.FieldOutOfRange);
        return new Conclusion(jobId, outcome);
    }

    public override void WriteBody(WireWriter writer) => writer.WriteByte((byte)Outcome);
}
