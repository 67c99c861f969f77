using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Messages;

/// <summary>"Encrypt the secret key for this ephemeral key of mine."</summary>
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

/// <summary>"You get no key, for this reason." The authority says nothing else.</summary>
internal sealed record KeyRefusal(Guid JobId, KeyRefusalReason Reason) : FederationMessage(JobId)
{
    public override MessageKind Kind => MessageKind.KeyRefusal;

    public static KeyRefusal ReadBody(ref WireReader reader, Guid jobId)
    {
        var reason = (KeyRefusalReason)reader.ReadByte();
        reader.Require(Enum.IsDefined(reason), FormatError.FieldOutOfRange);
        return new KeyRefusal(jobId, reason);
    }

    public override void WriteBody(WireWriter writer) => writer.WriteByte((byte)Reason);
}

/// <summary>"These are the job's keys, the secret one encrypted for you." The authority signs this message.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The client whose request is granted.</param>
/// <param name="KeyId">The key pair.</param>
/// <param name="EphemeralKey">The authority's half of the key agreement, used for this grant only.</param>
/// <param name="PublicKey">The public key, a whole object.</param>
/// <param name="EncryptedSecretKey">The secret key, encrypted and bound to all fields before it.</param>
internal sealed record KeyGrantMessage(
    Guid JobId,
    ClientId Client,
    KeyId KeyId,
    ReadOnlyMemory<byte> EphemeralKey,
    ReadOnlyMemory<byte> PublicKey,
    ReadOnlyMemory<byte> EncryptedSecretKey) : FederationMessage(JobId)
{
    public override MessageKind Kind => MessageKind.KeyGrant;

    public override int SizeHint => base.SizeHint + PublicKey.Length + EncryptedSecretKey.Length;

    public static KeyGrantMessage ReadBody(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId) => new(
        jobId,
        reader.ReadClientId(),
        reader.ReadKeyId(),
        reader.ReadBytesWithLength(source),
        reader.ReadBytesWithLength(source),
        reader.ReadBytesWithLength(source));

    public override void WriteBody(WireWriter writer)
    {
        WriteClearFields(writer);
        writer.WriteBytesWithLength(EncryptedSecretKey.Span);
    }

    /// <summary>Returns the job and all fields before the encrypted secret key, which authenticates them.</summary>
    public byte[] AssociatedData()
    {
        var buffer = new ArrayBufferWriter<byte>(SizeHint);
        var writer = new WireWriter(buffer);
        writer.WriteGuid(JobId);
        WriteClearFields(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private void WriteClearFields(WireWriter writer)
    {
        writer.WriteClientId(Client);
        writer.WriteKeyId(KeyId);
        writer.WriteBytesWithLength(EphemeralKey.Span);
        writer.WriteBytesWithLength(PublicKey.Span);
    }
}
