using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>An edged range is a range of a message that comes in parts. It keeps the digests of what it has of its first and its last piece, and shares all others with the message.</summary>
/// <param name="start">Where the range begins in the message.</param>
/// <param name="end">Where the range ends in the message, not before its beginning.</param>
internal sealed class EdgedRange(long start, long end)
{
    private readonly byte[] _first = new byte[Digest.SizeInBytes];
    private readonly byte[] _last = new byte[Digest.SizeInBytes];

    private long FirstPiece => start / RangeDigest.PieceLength;

    private long LastPiece => (end - 1) / RangeDigest.PieceLength;

    /// <summary>Takes what the range needs of whole pieces of the message, of which the last one of the message may be shorter.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <param name="at">Where the first of them begins in the message.</param>
    public void Visit(ReadOnlySpan<byte> pieces, long at)
    {
        if (end > start)
        {
            Visit(pieces, at, FirstPiece, _first);
            Visit(pieces, at, LastPiece, _last);
        }
    }

    /// <summary>Computes the digest of the range, all of which came.</summary>
    /// <param name="digests">The digests of the pieces of the message.</param>
    public Digest Complete(ReadOnlySpan<byte> digests)
        => end == start ? RangeDigest.Combine(start, 0, [])
            : FirstPiece == LastPiece ? RangeDigest.Combine(start, end - start, _first)
            : RangeDigest.Combine(start, end - start, _first, digests[checked((int)((FirstPiece + 1) * Digest.SizeInBytes))..checked((int)(LastPiece * Digest.SizeInBytes))], _last);

    private void Visit(ReadOnlySpan<byte> pieces, long at, long piece, byte[] digest)
    {
        long begin = Math.Max(start, piece * RangeDigest.PieceLength);
        long until = Math.Min(end, (piece + 1) * RangeDigest.PieceLength);
        if (begin >= at && begin < at + pieces.Length)
        {
            ReadOnlySpan<byte> part = pieces[(int)(begin - at)..(int)Math.Min(pieces.Length, until - at)];
            RangeDigest.HashPieces(part, begin, digest, degree: 1);
        }
    }
}
