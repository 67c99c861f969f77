using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>The encrypted aggregate of a round.</summary>
internal sealed record AggregateMessage(Guid JobId, int Round, ReadOnlyMemory<byte> Aggregate) : FederationMessage(JobId)
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
