using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Threads;

namespace FedHe.Crypto.Random;

/// <summary>A plaintext digest is a secret seed that depends on every bit of a plaintext.</summary>
/// <remarks>
/// <para>
/// The root of a draw gives, by AES-256 in counter mode, the key for a universal hash (<see cref="UniversalHashKernel"/>) of
/// every 16 KiB of the plaintext, and then a key k of 32 bytes for HMAC. The seed is
/// <code>
/// seed = HMAC-SHA-256(k, length || hash of the first 16 KiB || hash of the next || ...).
/// </code>
/// Two different plaintexts under one root have equal hashes with probability at most 2^-64.
/// </para>
/// <para>
/// No value is left out: a model whose layers are mostly frozen differs from its predecessor in few places.
/// </para>
/// </remarks>
internal static class PlaintextDigest
{
    private const int MacKeyLength = 32;

    // The key of the hash stays in the fastest cache beside the plaintext.
    private const int PieceLength = 1 << 14;

    /// <summary>Computes the seed of a plaintext.</summary>
    /// <param name="root">The root of the draw, 32 bytes.</param>
    /// <param name="plaintext">All values of the plaintext, as they lie in memory.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    /// <param name="seed">Receives 32 bytes.</param>
    public static void Compute(ReadOnlySpan<byte> root, ReadOnlySpan<byte> plaintext, int maxDegreeOfParallelism, Span<byte> seed)
    {
        int pieces = (int)(((long)plaintext.Length + PieceLength - 1) / PieceLength);
        int hashKeyLength = UniversalHashKernel.KeyLength(Math.Min(plaintext.Length, PieceLength));
        var keys = new AlignedArray<byte>(hashKeyLength + MacKeyLength);
        byte[] frame = SecretMemory.Allocate<byte>(sizeof(long) + (pieces * UniversalHashKernel.HashLength));
        try
        {
            using (var stream = new CounterStream(root))
            {
                stream.Fill(keys);
            }

            BinaryPrimitives.WriteInt64LittleEndian(frame, plaintext.Length);
            ParallelRanges.Run(plaintext, pieces, maxDegreeOfParallelism, (bytes, first, end) =>
            {
                for (int piece = first; piece < end; piece++)
                {
                    ReadOnlySpan<byte> message = bytes.Slice(piece * PieceLength, Math.Min(PieceLength, bytes.Length - (piece * PieceLength)));
                    Span<byte> hash = frame.AsSpan(sizeof(long) + (piece * UniversalHashKernel.HashLength), UniversalHashKernel.HashLength);
                    UniversalHashKernel.Default.Hash(message, keys.Span[..hashKeyLength], hash);
                }
            });
            HMACSHA256.HashData(keys.Span[hashKeyLength..], frame, seed);
        }
        finally
        {
            SecretMemory.Zero<byte>(keys);
            SecretMemory.Zero<byte>(frame);
        }
    }
}
