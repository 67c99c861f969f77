using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Threads;

namespace FedHe.Orchestration.Messages;

/// <summary>A range digest names consecutive bytes of a message and where they stand in it. It is the SHA-256 of a label, the place and the digests of pieces.</summary>
/// <remarks>
/// Pieces end where the message has a multiple of <see cref="PieceLength"/> bytes, wherever a range begins, so that ranges of one message share the digests
/// of all pieces but the first and the last: each byte is hashed once for all of them, and pieces are hashed side by side. The place fixes the lengths of the
/// pieces, so two ranges with one digest are equal. docs/wire-format.md has the definition.
/// </remarks>
internal static class RangeDigest
{
    /// <summary>The length of a piece in bytes. Chunks of transfers are whole pieces.</summary>
    public const int PieceLength = 1 << 12;

    /// <summary>A thread for each core.</summary>
    public const int EveryCore = -1;

    // As many pieces as the widest registers hash side by side.
    private const int GroupLength = 16 * PieceLength;

    private static ReadOnlySpan<byte> PieceLabel => "FedHe piece v1\0"u8;

    private static ReadOnlySpan<byte> RangeLabel => "FedHe range v1\0"u8;

    /// <summary>Computes the digest of a range in memory.</summary>
    /// <param name="bytes">The bytes of the range.</param>
    /// <param name="start">Where the range begins in its message.</param>
    public static Digest Compute(ReadOnlySpan<byte> bytes, long start)
    {
        byte[] digests = new byte[DigestsLengthOf(start, bytes.Length)];
        HashPieces(bytes, start, digests, EveryCore);
        return Combine(start, bytes.Length, digests);
    }

    /// <summary>Returns the length in bytes of the digests of the pieces of a range.</summary>
    public static int DigestsLengthOf(long start, long length)
        => length == 0 ? 0 : checked((int)(Digest.SizeInBytes * (((start + length - 1) / PieceLength) - (start / PieceLength) + 1)));

    /// <summary>Computes the digest of what a range has of each piece.</summary>
    /// <param name="bytes">The bytes of the range.</param>
    /// <param name="start">Where the range begins in its message.</param>
    /// <param name="digests">Receives the digests.</param>
    /// <param name="degree">The largest number of threads, at least 1, or <see cref="EveryCore"/>.</param>
    public static void HashPieces(ReadOnlySpan<byte> bytes, long start, Memory<byte> digests, int degree)
    {
        int first = (int)Math.Min(bytes.Length, -start & (PieceLength - 1));
        if (first > 0)
        {
            PieceDigests.Compute(PieceLabel, bytes[..first], PieceLength, digests.Span[..Digest.SizeInBytes]);
            bytes = bytes[first..];
            digests = digests[Digest.SizeInBytes..];
        }

        ParallelRanges.Run(bytes, (bytes.Length + GroupLength - 1) / GroupLength, degree, (whole, firstGroup, endGroup) =>
        {
            int begin = firstGroup * GroupLength;
            ReadOnlySpan<byte> some = whole[begin..(int)Math.Min(whole.Length, (long)endGroup * GroupLength)];
            PieceDigests.Compute(PieceLabel, some, PieceLength, digests.Span.Slice(begin / PieceLength * Digest.SizeInBytes, DigestsLengthOf(0, some.Length)));
        });
    }

    /// <summary>Computes the digest of a range from the digests of its pieces.</summary>
    /// <param name="start">Where the range begins in its message.</param>
    /// <param name="length">The length of the range in bytes.</param>
    /// <param name="digests">The digests of what the range has of each piece.</param>
    public static Digest Combine(long start, long length, ReadOnlySpan<byte> digests) => Combine(start, length, [], digests, []);

    /// <summary>Computes the digest of a range from the digests of its pieces, which lie in three parts.</summary>
    public static Digest Combine(long start, long length, ReadOnlySpan<byte> first, ReadOnlySpan<byte> between, ReadOnlySpan<byte> last)
    {
        Span<byte> place = stackalloc byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(place, start);
        BinaryPrimitives.WriteInt64LittleEndian(place[sizeof(long)..], length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(RangeLabel);
        hash.AppendData(place);
        hash.AppendData(first);
        hash.AppendData(between);
        hash.AppendData(last);
        return new Digest(hash.GetHashAndReset());
    }
}
