using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// A transfer head comes before a long message that travels in chunks: what the message is, its length, and the digest of every chunk, signed by the
/// client that sends it. Whoever has the head knows of each chunk at once whether it is the right one.
/// </summary>
/// <remarks>
/// Equal messages that are cut in the same way have heads with the same name, so a sender that was interrupted needs to remember nothing: it makes
/// the head again, and asks how far the message came. docs/wire-format.md describes the head as kind 76.
/// </remarks>
public sealed class TransferHead
{
    /// <summary>The length of the shortest chunks, in bytes: 4 KiB.</summary>
    public const int MinChunkLength = RangeDigest.PieceLength;

    /// <summary>The length of the longest chunks, in bytes: 64 MiB.</summary>
    public const int MaxChunkLength = 1 << 26;

    /// <summary>The largest number of chunks: 65,536.</summary>
    public const int MaxChunks = 1 << 16;

    private const byte MessageOfClient = 1;
    private const int GuidSize = 16;

    private readonly byte[] _bytes;
    private readonly int _headLength;

    private TransferHead(byte[] bytes, int headLength, MessageInfo info, long length, int chunkLength)
    {
        (_bytes, _headLength, Info, Length, ChunkLength) = (bytes, headLength, info, length, chunkLength);
        Name = Digest.Compute(bytes.AsSpan(0, headLength - MessageSignature.SizeInBytes));
    }

    /// <summary>The digest of everything that the signature covers, which names the transfer.</summary>
    public Digest Name { get; }

    /// <summary>What the message says about itself at its beginning, with the client that sends it.</summary>
    public MessageInfo Info { get; }

    /// <summary>The client that sends the message.</summary>
    public ClientId Client => Info.Client!.Value;

    /// <summary>The length of the message, in bytes.</summary>
    public long Length { get; }

    /// <summary>The length of every chunk but the last one, which may be shorter, in bytes: a power of two.</summary>
    public int ChunkLength { get; }

    /// <summary>The number of chunks.</summary>
    public int ChunkCount => CountOf(Length, ChunkLength);

    /// <summary>Tells whether a message can be sent in chunks of a length.</summary>
    /// <param name="length">The length of the message, in bytes.</param>
    /// <param name="chunkLength">The length of a chunk, in bytes.</param>
    public static bool IsPossible(long length, int chunkLength)
        => length > 0 && chunkLength is >= MinChunkLength and <= MaxChunkLength && BitOperations.IsPow2(chunkLength) && (length - 1) / chunkLength < MaxChunks;

    /// <summary>Returns the largest length of the heads of messages up to a length, in bytes.</summary>
    /// <param name="length">The length of the longest message, in bytes, at least 1.</param>
    public static int LongestFor(long length) => HeadLengthOf(ClientId.MaxLength) + (Digest.SizeInBytes * (int)Math.Min(MaxChunks, CountOf(length, MinChunkLength)));

    /// <summary>Makes the head of a message and signs it. This reads all of the message, once, with a thread for each core.</summary>
    /// <param name="message">The message, which its client has signed.</param>
    /// <param name="chunkLength">The length of a chunk in bytes, a power of two from <see cref="MinChunkLength"/> to <see cref="MaxChunkLength"/>.</param>
    /// <param name="identity">The client that sends the message.</param>
    /// <exception cref="ArgumentException">The message is not one of the client, or cannot be cut into chunks of this length.</exception>
    public static TransferHead Sign(ReadOnlySpan<byte> message, int chunkLength, ClientIdentity identity)
    {
        MessageInfo info = InfoOf(message, identity);
        ChunkDigests chunks = ChunksOf(message.Length, chunkLength);
        RangeDigest.Visit(message, 0, degree: -1, chunks.Visit);
        return Sign(info, message.Length, chunkLength, chunks.Complete(), identity);
    }

    /// <summary>
    /// Makes the head of a message that stays in a stream, such as a file, and signs it. This reads all of the message, once, of which a part is in memory at a time. The stream stands at its end then.
    /// </summary>
    /// <param name="message">A stream with the message, which its client has signed, from its position to its end. It can read and seek.</param>
    /// <param name="chunkLength">The length of a chunk in bytes, a power of two from <see cref="MinChunkLength"/> to <see cref="MaxChunkLength"/>.</param>
    /// <param name="identity">The client that sends the message.</param>
    /// <exception cref="ArgumentException">The stream cannot read or seek, or the message is not one of the client, or cannot be cut into chunks of this length.</exception>
    /// <exception cref="IOException">The stream could not be read, or has become shorter.</exception>
    public static TransferHead Sign(Stream message, int chunkLength, ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!message.CanRead || !message.CanSeek)
        {
            throw Throw.StreamNotSeekable(nameof(message));
        }

        MessageContent content = MessageContent.Of(message);
        MessageInfo info = InfoOf(content.Read(0, (int)Math.Min(content.Length, MessageFormat.LongestBeginning)).Span, identity);
        ChunkDigests chunks = ChunksOf(content.Length, chunkLength);
        content.Visit(0, degree: -1, chunks.Visit);
        return Sign(info, content.Length, chunkLength, chunks.Complete(), identity);
    }

    /// <summary>Tries to parse exactly one head from untrusted bytes. Who signed it is checked by <see cref="IsSignedBy"/>.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="head">The head.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out TransferHead? head, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.TransferHead, Digest.None, LongestFor(long.MaxValue));
        reader.Require(reader.ReadByte() == MessageOfClient, FormatError.FieldOutOfRange);
        var kind = (MessageKind)reader.ReadByte();
        reader.Require(Enum.IsDefined(kind), FormatError.FieldOutOfRange);
        var info = new MessageInfo(kind, reader.ReadGuid(), reader.ReadClientId(), reader.ReadInt32(0, int.MaxValue), reader.ReadInt32(0, int.MaxValue));
        long length = reader.ReadInt64(1, long.MaxValue);
        int chunkLength = reader.ReadInt32(MinChunkLength, MaxChunkLength);
        Digest digest = reader.ReadDigest();
        reader.ReadBytes(MessageSignature.SizeInBytes);
        int headLength = source.Length - reader.Remaining;
        reader.Require(reader.Failed || IsPossible(length, chunkLength), FormatError.FieldOutOfRange);
        ReadOnlySpan<byte> digests = reader.Failed ? [] : reader.ReadBytes(Digest.SizeInBytes * CountOf(length, chunkLength));
        reader.ExpectEnd();
        reader.Require(reader.Failed || DigestOf(digests) == digest, FormatError.Inconsistent);
        reason = reader.Error;
        head = reader.Failed ? null : new TransferHead(source.ToArray(), headLength, info, length, chunkLength);
        return head is not null;
    }

    /// <summary>Tells whether the head has the signature of a client.</summary>
    /// <param name="key">The key of the client, from the roster.</param>
    public bool IsSignedBy(VerificationKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return MessageSignature.Verifies(_bytes.AsSpan(0, _headLength), MessageSigner.Transferrer, contentLength: 0, key);
    }

    /// <summary>Returns the digest that a chunk has as a range of its message (docs/wire-format.md, "Digest of a range"). A <see cref="Server.TransferHasher"/> computes it.</summary>
    /// <param name="chunk">The number of the chunk, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such chunk.</exception>
    public Digest DigestOf(int chunk)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunk);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(chunk, ChunkCount);
        return new Digest(_bytes.AsSpan(_headLength + (Digest.SizeInBytes * chunk), Digest.SizeInBytes));
    }

    /// <summary>Returns the length of a chunk, in bytes.</summary>
    /// <param name="chunk">The number of the chunk, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such chunk.</exception>
    public int LengthOf(int chunk)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunk);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(chunk, ChunkCount);
        return (int)Math.Min(ChunkLength, Length - ((long)chunk * ChunkLength));
    }

    /// <summary>Returns where the chunk ends that has the byte at an offset within the message.</summary>
    internal long EndOfChunkAt(long offset) => Math.Min(Length, ((offset / ChunkLength) + 1) * ChunkLength);

    /// <summary>Writes the signed head with the digests.</summary>
    /// <param name="destination">Receives the bytes.</param>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.Write(_bytes);
    }

    /// <summary>Reads what a message of a client says about itself.</summary>
    private static MessageInfo InfoOf(ReadOnlySpan<byte> message, ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return MessageInfo.TryRead(message, out MessageInfo? info) && info.Client == identity.Client ? info : throw Throw.NotAMessageOf(identity.Client.Value, nameof(message));
    }

    private static ChunkDigests ChunksOf(long length, int chunkLength)
        => IsPossible(length, chunkLength) ? new ChunkDigests(length, chunkLength)
            : throw Throw.ChunksImpossible(MinChunkLength, MaxChunkLength, MaxChunks, nameof(chunkLength));

    private static TransferHead Sign(MessageInfo info, long length, int chunkLength, byte[] digests, ClientIdentity identity)
    {
        ClientId client = info.Client!.Value;
        int headLength = HeadLengthOf(client.Value.Length);
        var bytes = new ExactBuffer(headLength + digests.Length);
        var writer = new WireWriter(bytes);
        writer.WriteHeader(WireKind.TransferHead, Digest.None, headLength + digests.Length - WireHeader.SizeInBytes);
        writer.WriteByte(MessageOfClient);
        writer.WriteByte((byte)info.Kind);
        writer.WriteGuid(info.JobId);
        writer.WriteClientId(client);
        writer.WriteInt32(info.Round);
        writer.WriteInt32(info.Attempt);
        writer.WriteInt64(length);
        writer.WriteInt32(chunkLength);
        writer.WriteDigest(DigestOf(digests));
        bytes.Write(new byte[MessageSignature.SizeInBytes]);
        bytes.Write(digests);
        byte[] all = bytes.Complete();
        MessageSignature.Write(all.AsSpan(0, headLength), MessageSigner.Transferrer, contentLength: 0, identity.Key);
        return new TransferHead(all, headLength, info, length, chunkLength);
    }

    private static int CountOf(long length, int chunkLength) => (int)Math.Min(int.MaxValue, ((length - 1) / chunkLength) + 1);

    /// <summary>Returns the length of everything before the digests.</summary>
    private static int HeadLengthOf(int nameLength)
        => WireHeader.SizeInBytes + 2 + GuidSize + sizeof(ushort) + nameLength + (2 * sizeof(int)) + sizeof(long) + sizeof(int) + Digest.SizeInBytes
            + MessageSignature.SizeInBytes;

    private static Digest DigestOf(ReadOnlySpan<byte> digests)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("FedHe chunks v1\0"u8);
        hash.AppendData(digests);
        return new Digest(hash.GetHashAndReset());
    }
}
