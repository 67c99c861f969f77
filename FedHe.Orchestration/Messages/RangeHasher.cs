using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Messages;

/// <summary>A range hasher computes the digest of a range of a message from the message's pieces, which come in their order; the cut pieces at the two edges of the range it hashes itself.</summary>
/// <remarks>It keeps a hash that is under way, and nothing that grows with the range. It is not thread-safe.</remarks>
internal sealed class RangeHasher : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly long _start;
    private readonly long _end;
    private long _next;

    /// <summary>Begins with a range.</summary>
    /// <param name="start">Where the range begins in the message.</param>
    /// <param name="length">The length of the range in bytes, which is known before it comes.</param>
    public RangeHasher(long start, long length)
    {
        (_start, _end, _next) = (start, start + length, start);
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        RangeDigest.Begin(_hash, start, length);
    }

    private RangeHasher(RangeHasher other) => (_hash, _start, _end, _next) = (other._hash.Clone(), other._start, other._end, other._next);

    /// <summary>Tells whether all of the range came.</summary>
    public bool IsWhole => _next == _end;

    /// <summary>Returns another hasher that goes on from here.</summary>
    public RangeHasher Clone() => new(this);

    /// <summary>Takes what the range has of the next bytes of the message.</summary>
    /// <param name="bytes">The bytes. They end with a piece, with the range or behind it.</param>
    /// <param name="at">Where they begin in the message: with a piece, or not behind the beginning of the range.</param>
    /// <param name="digests">The digests of what the bytes have of each piece.</param>
    public void Visit(ReadOnlySpan<byte> bytes, long at, ReadOnlySpan<byte> digests)
    {
        long end = at + bytes.Length;
        long until = Math.Min(_end, end);
        if (_next < at || _next >= until)
        {
            return;
        }

        if (_next != at && !IsEdge(_next))
        {
            Cut(bytes, at, Math.Min(until, PieceOf(_next) + RangeDigest.PieceLength));
        }

        // The end of the bytes is one of their pieces, too.
        long shared = until == end || IsEdge(until) ? until : PieceOf(until);
        if (shared > _next)
        {
            int first = DigestsBefore(at, _next);
            _hash.AppendData(digests.Slice(first, RangeDigest.DigestsLengthOf(_next, (int)(shared - _next))));
            _next = shared;
        }

        if (until > _next)
        {
            Cut(bytes, at, until);
        }
    }

    /// <summary>Computes the digest of the range, all of which came. Nothing can be done with the hasher afterwards.</summary>
    public Digest Complete() => IsWhole ? new Digest(_hash.GetHashAndReset()) : throw new InvalidOperationException("A part of the range is missing.");

    public void Dispose() => _hash.Dispose();

    private static bool IsEdge(long place) => place % RangeDigest.PieceLength == 0;

    private static long PieceOf(long place) => place / RangeDigest.PieceLength * RangeDigest.PieceLength;

    private static int DigestsBefore(long at, long place) => (int)(((place / RangeDigest.PieceLength) - (at / RangeDigest.PieceLength)) * Digest.SizeInBytes);

    /// <summary>Hashes what the range has of a piece that another range cuts in another way.</summary>
    private void Cut(ReadOnlySpan<byte> bytes, long at, long end)
    {
        Span<byte> digest = stackalloc byte[Digest.SizeInBytes];
        RangeDigest.HashPiece(bytes[(int)(_next - at)..(int)(end - at)], digest);
        _hash.AppendData(digest);
        _next = end;
    }
}
