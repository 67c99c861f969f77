using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Ciphers;
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
internal sealed class PlaintextDigest
{
    private const int MacKeyLength = 32;

    // The key of the hash stays in the fastest cache beside the plaintext.
    private const int PieceLength = 1 << 14;

    private static readonly ConcurrentPool<PlaintextDigest> Pool = new(_ => new PlaintextDigest());

    private readonly CipherBlocks _keys = new((UniversalHashKernel.KeyLength(PieceLength) + MacKeyLength) / sizeof(ulong));

    // Kept for plaintexts that are no longer.
    private byte[] _frame = [];

    private PlaintextDigest()
    {
    }

    /// <summary>Computes the seed of a plaintext.</summary>
    /// <param name="root">The root of the draw, 32 bytes.</param>
    /// <param name="plaintext">All values of the plaintext, as they lie in memory.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    /// <param name="seed">Receives 32 bytes.</param>
    public static void Compute(ReadOnlySpan<byte> root, ReadOnlySpan<byte> plaintext, int maxDegreeOfParallelism, Span<byte> seed)
    {
        PlaintextDigest digest = Pool.Rent();
        try
        {
            digest.ComputeCore(root, plaintext, maxDegreeOfParallelism, seed);
        }
        finally
        {
            SecretMemory.Zero(digest._keys.Words);
            SecretMemory.Zero<byte>(digest._frame);
            Pool.Return(digest);
        }
    }

    private void ComputeCore(ReadOnlySpan<byte> root, ReadOnlySpan<byte> plaintext, int maxDegreeOfParallelism, Span<byte> seed)
    {
        int hashKeyLength = UniversalHashKernel.KeyLength(Math.Min(plaintext.Length, PieceLength));
        int words = (hashKeyLength + MacKeyLength) / sizeof(ulong);
        using (var cipher = BlockCipher.Create(root))
        {
            _keys.EncryptCounters(cipher, words, first: 0, CounterStream.LabelOf(item: 0));
        }

        int pieces = (int)(((long)plaintext.Length + PieceLength - 1) / PieceLength);
        int frameLength = sizeof(long) + (pieces * UniversalHashKernel.HashLength);
        if (_frame.Length < frameLength)
        {
            _frame = SecretMemory.Allocate<byte>(frameLength);
        }

        BinaryPrimitives.WriteInt64LittleEndian(_frame, plaintext.Length);
        if (maxDegreeOfParallelism == 1)
        {
            // A closure for other threads would be garbage.
            HashPieces(plaintext, first: 0, pieces);
        }
        else
        {
            ParallelRanges.Run(plaintext, pieces, maxDegreeOfParallelism, HashPieces);
        }

        HMACSHA256.HashData(_keys.Bytes.Slice(hashKeyLength, MacKeyLength), _frame.AsSpan(0, frameLength), seed);
    }

    private void HashPieces(ReadOnlySpan<byte> plaintext, int first, int end)
    {
        for (int piece = first; piece < end; piece++)
        {
            int start = piece * PieceLength;
            UniversalHashKernel.Default.Hash(
                plaintext.Slice(start, Math.Min(PieceLength, plaintext.Length - start)),
                _keys.Bytes,
                _frame.AsSpan(sizeof(long) + (piece * UniversalHashKernel.HashLength), UniversalHashKernel.HashLength));
        }
    }
}
