using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Threads;

namespace FedHe.Orchestration.Messages;

/// <summary>A range digest names consecutive bytes of a message and where they stand in it. It is the SHA-256 of a label, the place and the digests of pieces.</summary>
/// <remarks>
/// Pieces end where the message has a multiple of <see cref="PieceLength"/> bytes, wherever a range begins, so that ranges of one message share the digests
/// of all pieces but the first and the last, and pieces are hashed side by side. The place fixes the lengths of the pieces, so two ranges with one digest are
/// equal. docs/wire-format.md has the definition. A <see cref="RangeHasher"/> needs no memory that grows with the range.
/// </remarks>
internal static class RangeDigest
{
    /// <summary>The length of a piece in bytes. Chunks of transfers are whole pieces.</summary>
    public const int PieceLength = 1 << 12;

    /// <summary>The length of a group in bytes: as many pieces as the widest registers hash side by side.</summary>
    public const int GroupLength = 16 * PieceLength;

    // Enough work for every core between two waits for the slowest one; its digests take 128 KiB.
    private const int StepLength = 16 * 1024 * 1024;

    private static ReadOnlySpan<byte> PieceLabel => "FedHe piece v1\0"u8;

    private static ReadOnlySpan<byte> RangeLabel => "FedHe range v1\0"u8;

    /// <summary>Takes bytes of a message, where they begin in it, and the digests of what they have of each piece.</summary>
    public delegate void Visitor(ReadOnlySpan<byte> bytes, long at, ReadOnlySpan<byte> digests);

    /// <summary>Computes the digest of a range in memory.</summary>
    /// <param name="bytes">The bytes of the range.</param>
    /// <param name="start">Where the range begins in its message.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public static Digest Compute(ReadOnlySpan<byte> bytes, long start, int degree)
    {
        using var range = new RangeHasher(start, bytes.Length);
        Visit(bytes, start, degree, range.Visit);
        return range.Complete();
    }

    /// <summary>Hashes the pieces of bytes in memory, and hands them over in their order, on the thread of the caller.</summary>
    /// <param name="bytes">The bytes. They end with a piece, or with whatever is hashed.</param>
    /// <param name="start">Where they begin in their message.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    /// <param name="visitor">Takes the bytes in parts.</param>
    public static void Visit(ReadOnlySpan<byte> bytes, long start, int degree, Visitor visitor)
    {
        byte[] digests = ArrayPool<byte>.Shared.Rent(DigestsLengthOf(start, Math.Min(StepLength, bytes.Length)));
        try
        {
            while (!bytes.IsEmpty)
            {
                // Every part but the last one ends with a piece.
                int count = (int)Math.Min(StepLength - (start % PieceLength), bytes.Length);
                int length = DigestsLengthOf(start, count);
                HashPieces(bytes[..count], start, digests.AsMemory(0, length), degree);
                visitor(bytes[..count], start, digests.AsSpan(0, length));
                bytes = bytes[count..];
                start += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(digests);
        }
    }

    /// <summary>Returns the length in bytes of the digests of the pieces of a range.</summary>
    public static int DigestsLengthOf(long start, int length)
        => length == 0 ? 0 : (int)(Digest.SizeInBytes * (((start + length - 1) / PieceLength) - (start / PieceLength) + 1));

    /// <summary>Returns the number of groups of bytes in memory, of which the last one may be shorter.</summary>
    public static int GroupsOf(int length) => (int)(((long)length + GroupLength - 1) / GroupLength);

    /// <summary>Computes the digest of what a range has of each piece.</summary>
    /// <param name="bytes">The bytes of the range.</param>
    /// <param name="start">Where the range begins in its message.</param>
    /// <param name="digests">Receives the digests, from several threads.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public static void HashPieces(ReadOnlySpan<byte> bytes, long start, Memory<byte> digests, int degree)
    {
        int first = (int)Math.Min(bytes.Length, -start & (PieceLength - 1));
        if (first > 0)
        {
            HashPiece(bytes[..first], digests.Span[..Digest.SizeInBytes]);
            bytes = bytes[first..];
            digests = digests[Digest.SizeInBytes..];
        }

        ParallelRanges.Run(bytes, GroupsOf(bytes.Length), degree, (whole, firstGroup, endGroup) =>
        {
            int begin = firstGroup * GroupLength;
            ReadOnlySpan<byte> some = whole[begin..(int)Math.Min(whole.Length, (long)endGroup * GroupLength)];
            PieceDigests.Compute(PieceLabel, some, PieceLength, digests.Span.Slice(begin / PieceLength * Digest.SizeInBytes, DigestsLengthOf(0, some.Length)));
        });
    }

    /// <summary>Computes the digest of what a range has of one piece.</summary>
    public static void HashPiece(ReadOnlySpan<byte> bytes, Span<byte> digest) => PieceDigests.Compute(PieceLabel, bytes, PieceLength, digest);

    /// <summary>Hashes what stands before the digests of the pieces of a range.</summary>
    public static void Begin(IncrementalHash hash, long start, long length)
    {
        Span<byte> place = stackalloc byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(place, start);
        BinaryPrimitives.WriteInt64LittleEndian(place[sizeof(long)..], length);
        hash.AppendData(RangeLabel);
        hash.AppendData(place);
    }
}
