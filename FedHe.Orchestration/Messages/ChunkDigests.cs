using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Messages;

/// <summary>Chunk digests are the digests of the chunks of a message, which comes piece by piece.</summary>
/// <param name="length">The length of the message in bytes.</param>
/// <param name="chunkLength">The length of a chunk in bytes.</param>
internal sealed class ChunkDigests(long length, int chunkLength)
{
    private readonly byte[] _digests = new byte[Digest.SizeInBytes * (int)(((length - 1) / chunkLength) + 1)];
    private RangeHasher? _chunk;
    private long _start;

    /// <summary>Takes the next pieces of the message.</summary>
    public void Visit(ReadOnlySpan<byte> pieces, long at, ReadOnlySpan<byte> digests)
    {
        long end = at + pieces.Length;
        while (_start < end)
        {
            int chunk = (int)(_start / chunkLength);
            _chunk ??= new RangeHasher(_start, Math.Min(chunkLength, length - _start));
            _chunk.Visit(pieces, at, digests);
            if (!_chunk.IsWhole)
            {
                return;
            }

            _chunk.Complete().CopyTo(_digests.AsSpan(chunk * Digest.SizeInBytes));
            _chunk.Dispose();
            (_chunk, _start) = (null, Math.Min(length, _start + chunkLength));
        }
    }

    /// <summary>Returns the digests of all chunks, one after the other.</summary>
    public byte[] Complete() => _start == length ? _digests : throw new InvalidOperationException("A part of the message is missing.");
}
