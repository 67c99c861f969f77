using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>An encrypted update on its way to the server.</summary>
internal sealed record Upload(Guid JobId, ClientId Client, int Round, int Attempt, ReadOnlyMemory<byte> Update)
    : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.Upload;

    public override int SizeHint => base.SizeHint + Update.Length;

    public static Upload ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadRound(), reader.ReadAttempt(), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteInt32(Attempt);
        writer.WriteBytesWithLength(Update.Span);
    }
}
