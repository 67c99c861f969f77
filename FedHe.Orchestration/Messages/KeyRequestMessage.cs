using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;

namespace FedHe.Orchestration.Messages;

/// <summary>"Seal the keys for this ephemeral key of mine."</summary>
internal sealed record KeyRequestMessage(
    Guid JobId, ClientId Client, ReadOnlyMemory<byte> EphemeralKey, ReadOnlyMemory<byte> Credential) : ClientMessage(JobId, Client)
{
    public override MessageKind Kind => MessageKind.KeyRequest;

    public static KeyRequestMessage ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
        => new(jobId, client, reader.ReadBytesWithLength(source), reader.ReadBytesWithLength(source));

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteBytesWithLength(EphemeralKey.Span);
        writer.WriteBytesWithLength(Credential.Span);
    }
}
