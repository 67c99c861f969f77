using System.Security.Cryptography;

namespace FedHe.Crypto.Kernels.Hashing;

/// <summary>Piece digests are the SHA-256 digests of consecutive pieces of public bytes, each behind a label, computed side by side where that is faster.</summary>
/// <remarks>The class is public for layers above.</remarks>
public static class PieceDigests
{
    /// <summary>Computes SHA-256(label || piece) of every piece, on the thread of the caller.</summary>
    /// <param name="label">What stands before each piece.</param>
    /// <param name="bytes">The pieces, one after the other. The last one may be shorter; of no bytes there are no pieces.</param>
    /// <param name="pieceLength">The length of a piece in bytes, at least 1.</param>
    /// <param name="digests">Receives 32 bytes for each piece.</param>
    /// <exception cref="ArgumentException">The destination does not have 32 bytes for each piece.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length of a piece is not positive.</exception>
    public static void Compute(ReadOnlySpan<byte> label, ReadOnlySpan<byte> bytes, int pieceLength, Span<byte> digests)
        => Compute(DigestKernel.Default, label, bytes, pieceLength, digests);

    internal static void Compute(DigestKernel kernel, ReadOnlySpan<byte> label, ReadOnlySpan<byte> bytes, int pieceLength, Span<byte> digests)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pieceLength);
        int count = (int)(((long)bytes.Length + pieceLength - 1) / pieceLength);
        if (digests.Length != (long)count * DigestKernel.DigestLength)
        {
            throw new ArgumentException("There are 32 bytes for each piece.", nameof(digests));
        }

        if (kernel.BestCountOf(count) > 1)
        {
            ComputeTogether(kernel, label.ToArray(), bytes, pieceLength, count, digests);
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int piece = 0; piece < count; piece++)
        {
            int start = piece * pieceLength;
            hash.AppendData(label);
            hash.AppendData(bytes.Slice(start, Math.Min(pieceLength, bytes.Length - start)));
            hash.GetHashAndReset(digests.Slice(piece * DigestKernel.DigestLength, DigestKernel.DigestLength));
        }
    }

    private static unsafe void ComputeTogether(DigestKernel kernel, byte[] label, ReadOnlySpan<byte> bytes, int pieceLength, int count, Span<byte> digests)
    {
        int[] lengths = new int[count];
        for (int piece = 0; piece < count; piece++)
        {
            lengths[piece] = checked(label.Length + Math.Min(pieceLength, bytes.Length - (piece * pieceLength)));
        }

        fixed (byte* pointer = bytes)
        {
            // The bytes stay pinned until the kernel has read them all.
            nint address = (nint)pointer;
            kernel.Compute(
                lengths,
                (piece, start, destination) =>
                {
                    if (start < label.Length)
                    {
                        ReadOnlySpan<byte> before = label.AsSpan(start, Math.Min(label.Length - start, destination.Length));
                        before.CopyTo(destination);
                        destination = destination[before.Length..];
                        start += before.Length;
                    }

                    new ReadOnlySpan<byte>((void*)(address + ((nint)piece * pieceLength) + (start - label.Length)), destination.Length).CopyTo(destination);
                },
                digests);
        }
    }
}
