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
    private const int PartLength = 256 * 1024;

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

    /// <summary>Hashes the content.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        if (_stream is null)
        {
            hash.AppendData(_memory.Span);
            return;
        }

        byte[] part = ArrayPool<byte>.Shared.Rent(PartLength);
        try
        {
            _stream.Position = _start;
            for (long at = 0; at < Length;)
            {
                int count = (int)Math.Min(PartLength, Length - at);
                _stream.ReadExactly(part, 0, count);
                hash.AppendData(part, 0, count);
                at += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }
    }

    /// <summary>Computes the SHA-256 of the content.</summary>
    public Digest ComputeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendTo(hash);
        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>Parses the content as an update, which reads it again when it is used.</summary>
    public bool TryRead(UpdateReader reader, [NotNullWhen(true)] out EncryptedModelUpdate? update, out FormatError reason)
        => _stream is null ? reader.TryRead(_memory, out update, out reason) : reader.TryRead(new StreamWindow(_stream, _start, Length), out update, out reason);

    /// <summary>Parses the content as an aggregate, which reads it again when it is used.</summary>
    public bool TryRead(AggregateReader reader, [NotNullWhen(true)] out EncryptedAggregate? aggregate, out FormatError reason)
        => _stream is null ? reader.TryRead(_memory, out aggregate, out reason) : reader.TryRead(new StreamWindow(_stream, _start, Length), out aggregate, out reason);
}
