using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Messages;

/// <summary>A key request message asks for the secret key, encrypted for the client's ephemeral key.</summary>
internal sealed record KeyRequestMessage(
    Guid JobId, ClientId Client, ReadOnlyMemory<byte> EphemeralKey, ReadOnlyMemory<byte> Credential) : ClientMessage(JobId, Client)
{
    /// <summary>The identity of the key that the client asks for: of the job's, or of a later epoch's.</summary>
    public KeyId KeyId { get; init; }

    public override MessageKind Kind => MessageKind.KeyRequest;

    public static KeyRequestMessage ReadContent(ref WireReader reader, ReadOnlyMemory<byte> source, Guid jobId, ClientId client)
    {
        KeyId keyId = reader.ReadKeyId();
        return new(jobId, client, reader.ReadBytesWithLength(source), reader.ReadBytesWithLength(source)) { KeyId = keyId };
    }

    protected override void WriteContent(WireWriter writer)
    {
        writer.WriteKeyId(KeyId);
        writer.WriteBytesWithLength(EphemeralKey.Span);
        writer.WriteBytesWithLength(Credential.Span);
    }
}

/// <summary>A key refusal states why a client gets no key, and nothing else.</summary>
internal sealed record KeyRefusal(Guid JobId, KeyRefusalReason Reason) : FederationMessage(JobId)
{
    public override MessageKind Kind => MessageKind.KeyRefusal;

    public override MessageSigner Signer => MessageSigner.Nobody;

    public static KeyRefusal ReadBody(ref WireReader reader, Guid jobId)
    {
        var reason = (KeyRefusalReason)reader.ReadByte();
        reader.Require(Enum.IsDefined(reason), FormatError.FieldOutOfRange);
        return new KeyRefusal(jobId, reason);
    }

    public override void WriteBody(WireWriter writer) => writer.WriteByte((byte)Reason);
}

/// <summary>
/// A key grant message carries the job's keys, the secret key encrypted for one client. The authority signs it.
/// </summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">The client whose request is granted.</param>
/// <param name="KeyId">The identity of the key pair.</param>
/// <param name="EphemeralKey">The authority's half of the key agreement, used for this grant only.</param>
/// <param name="PublicKey">The public key, as a whole encoded object.</param>
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

    public override MessageSigner Signer => MessageSigner.Authority;

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

    /// <summary>
    /// Returns the job and all fields before the encrypted secret key, which the encryption authenticates.
    /// </summary>
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
