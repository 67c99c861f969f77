using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// A steady stream reads another stream, remembers a digest of every chunk, and refuses bytes that differ from those of an earlier read. A later pass therefore reads what an earlier pass verified, even if
/// somebody changes the bytes in between.
/// </summary>
/// <remarks>It takes 32 bytes of memory for each 128 KiB. One thread reads at a time.</remarks>
internal sealed class SteadyStream : ReadStream
{
    private const int ChunkLength = 128 * 1024;

    private readonly Stream _inner;
    private readonly long _start;
    private readonly byte[] _chunk = new byte[ChunkLength];
    private Digest[] _digests = new Digest[1];
    private int _held = -1;

    /// <summary>Begins at the position of a stream that can seek, which stays its owner's.</summary>
    public SteadyStream(Stream inner) => (_inner, _start, Length) = (inner, inner.Position, Math.Max(0, inner.Length - inner.Position));

    public override long Length { get; }

    /// <summary>Reads bytes of one chunk.</summary>
    /// <exception cref="MessageChangedException">They are not what they were.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || Position >= Length)
        {
            return 0;
        }

        int chunk = checked((int)(Position / ChunkLength));
        int start = (int)(Position % ChunkLength);
        int count = Math.Min(buffer.Length, LengthOf(chunk) - start);
        Hold(chunk);
        _chunk.AsSpan(start, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    private int LengthOf(int chunk) => (int)Math.Min(ChunkLength, Length - ((long)chunk * ChunkLength));

    /// <summary>Has a chunk in memory, which is the same as ever.</summary>
    private void Hold(int chunk)
    {
        if (_held == chunk)
        {
            return;
        }

        _held = -1;
        Span<byte> bytes = _chunk.AsSpan(0, LengthOf(chunk));
        _inner.Position = _start + ((long)chunk * ChunkLength);
        _inner.ReadExactly(bytes);
        var digest = new Digest(SHA256.HashData(bytes));
        if (_digests.Length <= chunk)
        {
            // A message that is too long for its kind is refused for what its first chunk says.
            Array.Resize(ref _digests, checked((int)((Length + ChunkLength - 1) / ChunkLength)));
        }

        if (_digests[chunk] != default && _digests[chunk] != digest)
        {
            throw new MessageChangedException();
        }

        _digests[chunk] = digest;
        _held = chunk;
    }
}
