using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Committee;

/// <summary>The draw format encodes commitments and reveals; docs/wire-format.md describes them as kinds 71 and 72.</summary>
internal static class DrawFormat
{
    public const int ValueSize = 32;
    public const string What = "committee draw";

    private const int MaxBytes = 512;

    /// <summary>Computes what a client commits to.</summary>
    public static Digest CommitmentTo(Guid drawId, ClientId client, ReadOnlySpan<byte> value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe committee commitment v1"u8);
        var writer = new WireWriter(bytes);
        writer.WriteGuid(drawId);
        writer.WriteClientId(client);
        writer.WriteBytes(value);
        return Digest.Compute(bytes.WrittenSpan);
    }

    /// <summary>Computes the digest of all commitments of a draw.</summary>
    public static Digest DigestOf(Guid drawId, SortedDictionary<ClientId, Digest> commitments)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe committee commitments v1"u8);
        var writer = new WireWriter(bytes);
        writer.WriteGuid(drawId);
        foreach ((ClientId client, Digest commitment) in commitments)
        {
            writer.WriteClientId(client);
            writer.WriteDigest(commitment);
        }

        return Digest.Compute(bytes.WrittenSpan);
    }

    public static byte[] WriteCommitment(Guid drawId, ClientIdentity identity, Digest commitment)
    {
        Span<byte> content = stackalloc byte[Digest.SizeInBytes];
        commitment.CopyTo(content);
        return WriteSigned(WireKind.DrawCommitment, drawId, identity, content);
    }

    public static byte[] WriteReveal(Guid drawId, ClientIdentity identity, Digest commitments, ReadOnlySpan<byte> value)
    {
        Span<byte> content = stackalloc byte[Digest.SizeInBytes + ValueSize];
        commitments.CopyTo(content);
        value.CopyTo(content[Digest.SizeInBytes..]);
        return WriteSigned(WireKind.DrawReveal, drawId, identity, content);
    }

    /// <summary>Reads exactly one commitment of every client of a roster.</summary>
    /// <exception cref="HeFormatException">The bytes are anything else.</exception>
    public static SortedDictionary<ClientId, Digest> ReadCommitments(Guid drawId, ClientRoster roster, IEnumerable<ReadOnlyMemory<byte>> commitments)
    {
        ArgumentNullException.ThrowIfNull(commitments);
        var all = new SortedDictionary<ClientId, Digest>();
        foreach (ReadOnlyMemory<byte> bytes in commitments)
        {
            (ClientId client, Digest commitment) = ReadCommitment(drawId, roster, bytes.Span);
            if (!all.TryAdd(client, commitment))
            {
                throw new HeFormatException(FormatError.Inconsistent, What);
            }
        }

        return all.Count == roster.Clients.Count ? all : throw new HeFormatException(FormatError.Truncated, What);
    }

    /// <summary>Reads one commitment.</summary>
    /// <exception cref="HeFormatException">The bytes are no commitment of a client of the roster.</exception>
    public static (ClientId Client, Digest Commitment) ReadCommitment(Guid drawId, ClientRoster roster, ReadOnlySpan<byte> bytes)
    {
        (ClientId client, byte[] content) = ReadSigned(WireKind.DrawCommitment, drawId, roster, bytes, Digest.SizeInBytes);
        return (client, new Digest(content));
    }

    /// <summary>Reads one reveal.</summary>
    /// <exception cref="HeFormatException">The bytes are no reveal of a client of the roster.</exception>
    public static (ClientId Client, Digest Commitments, byte[] Value) ReadReveal(Guid drawId, ClientRoster roster, ReadOnlySpan<byte> bytes)
    {
        (ClientId client, byte[] content) = ReadSigned(WireKind.DrawReveal, drawId, roster, bytes, Digest.SizeInBytes + ValueSize);
        return (client, new Digest(content.AsSpan(0, Digest.SizeInBytes)), content[Digest.SizeInBytes..]);
    }

    /// <summary>Tells whether bytes say that they are a reveal.</summary>
    public static bool IsReveal(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        reader.ReadBytes(sizeof(int));
        return reader.ReadUInt16() == (ushort)WireKind.DrawReveal;
    }

    private static byte[] WriteSigned(WireKind kind, Guid drawId, ClientIdentity identity, ReadOnlySpan<byte> content)
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(body);
        writer.WriteGuid(drawId);
        writer.WriteClientId(identity.Client);
        writer.WriteBytes(content);
        var bytes = new ArrayBufferWriter<byte>();
        writer = new WireWriter(bytes);
        writer.WriteHeader(kind, Digest.None, body.WrittenCount + MessageSignature.SizeInBytes);
        writer.WriteBytes(body.WrittenSpan);
        byte[] signed = [.. bytes.WrittenSpan, .. new byte[MessageSignature.SizeInBytes]];
        MessageSignature.Write(signed, MessageSigner.Drawer, contentLength: 0, identity.Key);
        return signed;
    }

    private static (ClientId Client, byte[] Content) ReadSigned(WireKind kind, Guid drawId, ClientRoster roster, ReadOnlySpan<byte> bytes, int length)
    {
        var reader = new WireReader(bytes);
        reader.ReadHeader(kind, Digest.None, MaxBytes);
        reader.Require(reader.ReadGuid() == drawId, FormatError.Inconsistent);
        ClientId client = reader.ReadClientId();
        byte[] content = reader.ReadBytes(length).ToArray();
        reader.ReadBytes(MessageSignature.SizeInBytes);
        reader.ExpectEnd();
        if (reader.Failed)
        {
            throw new HeFormatException(reader.Error, What);
        }

        return roster.TryGetKey(client, out VerificationKey? key) && MessageSignature.Verifies(bytes, MessageSigner.Drawer, contentLength: 0, key)
            ? (client, content)
            : throw new HeFormatException(FormatError.AuthenticationFailed, What);
    }
}
