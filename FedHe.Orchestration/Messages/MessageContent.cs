using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.Messages;

/// <summary>A message content is a message, or a part of one, in memory or in a stream, of which a part is in memory at a time.</summary>
/// <remarks>Every method that reads throws an <see cref="IOException"/> where the stream cannot be read or has become shorter.</remarks>
internal sealed class MessageContent
{
    private const int PartLength = 1024 * 1024;

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly Stream? _stream;
    private readonly long _start;

    private MessageContent(ReadOnlyMemory<byte> memory) => (_memory, Length) = (memory, memory.Length);

    private MessageContent(Stream stream, long start, long length) => (_stream, _start, Length) = (stream, start, length);

    /// <summary>The length in bytes.</summary>
    public long Length { get; }

    /// <summary>Returns the content of bytes in memory.</summary>
    public static MessageContent Of(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>Returns the content of a stream that can seek, from its position to its end.</summary>
    public static MessageContent Of(Stream stream) => new(stream, stream.Position, Math.Max(0, stream.Length - stream.Position));

    /// <summary>Returns a part, which must lie within the content.</summary>
    public MessageContent Slice(long start, long length)
        => _stream is null ? new MessageContent(_memory.Slice((int)start, (int)length)) : new MessageContent(_stream, _start + start, length);

    /// <summary>Returns bytes that lie within the content. Bytes in memory are not copied.</summary>
    public ReadOnlyMemory<byte> Read(long start, int length)
    {
        if (_stream is null)
        {
            return _memory.Slice((int)start, length);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        _stream.Position = _start + start;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Computes the range digest of the content.</summary>
    /// <param name="start">Where the content begins in its message.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public Digest ComputeDigest(long start, int degree = -1)
    {
        using var range = new RangeHasher(start, Length);
        Visit(start, degree, range.Visit);
        return range.Complete();
    }

    /// <summary>Computes the range digests of the content and of its beginning. This reads all of it, once.</summary>
    /// <param name="start">Where the content begins in its message.</param>
    /// <param name="beginning">The length of the beginning in bytes.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public (Digest Whole, Digest Beginning) ComputeDigests(long start, long beginning, int degree)
    {
        using var whole = new RangeHasher(start, Length);
        using var first = new RangeHasher(start, beginning);
        Visit(start, degree, (bytes, at, digests) =>
        {
            whole.Visit(bytes, at, digests);
            first.Visit(bytes, at, digests);
        });
        return (whole.Complete(), first.Complete());
    }

    /// <summary>Reads the content once, and hands it over with the digest of what it has of each piece of its message.</summary>
    /// <param name="start">Where the content begins in its message.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    /// <param name="visitor">Takes the content in parts.</param>
    public void Visit(long start, int degree, RangeDigest.Visitor visitor)
        => ReadParts(start, (part, at) => RangeDigest.Visit(part, start + at, degree, visitor));

    /// <summary>Computes the SHA-256 of the content, by which a server names an aggregate.</summary>
    public Digest ComputeSha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ReadParts(start: 0, (part, _) => hash.AppendData(part));
        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>Parses the content as an update, which reads it again when it is used.</summary>
    public bool TryRead(UpdateReader reader, [NotNullWhen(true)] out EncryptedModelUpdate? update, out FormatError reason)
        => _stream is null ? reader.TryRead(_memory, out update, out reason) : reader.TryRead(new StreamWindow(_stream, _start, Length), out update, out reason);

    /// <summary>Parses the content as an aggregate, which reads it again when it is used.</summary>
    public bool TryRead(AggregateReader reader, [NotNullWhen(true)] out EncryptedAggregate? aggregate, out FormatError reason)
        => _stream is null ? reader.TryRead(_memory, out aggregate, out reason) : reader.TryRead(new StreamWindow(_stream, _start, Length), out aggregate, out reason);

    /// <summary>Reads the content once, in parts of which every one but the last ends with a piece of the message; what is in memory is one part.</summary>
    /// <param name="start">Where the content begins in its message.</param>
    /// <param name="take">Takes a part, and where it begins in the content.</param>
    private void ReadParts(long start, ReadOnlySpanAction<byte, long> take)
    {
        if (_stream is null)
        {
            take(_memory.Span, 0);
            return;
        }

        byte[] part = ArrayPool<byte>.Shared.Rent(PartLength);
        try
        {
            _stream.Position = _start;
            for (long at = 0; at < Length;)
            {
                int count = (int)Math.Min(PartLength - ((start + at) % RangeDigest.PieceLength), Length - at);
                _stream.ReadExactly(part, 0, count);
                take(part.AsSpan(0, count), at);
                at += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }
    }
}
