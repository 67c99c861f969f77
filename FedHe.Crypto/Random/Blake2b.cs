using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Random;

/// <summary>BLAKE2b is a hash function with a parameter block, which the framework does not have.</summary>
/// <remarks>
/// The class is for public data only, since it zeroes nothing. Source: RFC 7693; the parameter block and BLAKE2X from
/// Aumasson et al., "BLAKE2X", 2016.
/// </remarks>
internal static class Blake2b
{
    public const int MaxHashLength = 64;
    public const int MaxKeyLength = 64;

    private const int BlockLength = 128;
    private const int WordsPerState = 8;
    private const int WordsPerBlock = 16;
    private const int Rounds = 12;

    private static ReadOnlySpan<ulong> InitialState =>
    [
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
        0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    ];

    private static ReadOnlySpan<byte> Schedule =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
    ];

    /// <summary>Computes the plain hash of 1 to 64 bytes.</summary>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> destination)
        => Hash(Blake2bParameters.Sequential(destination.Length, keyLength: 0), key: [], message, destination);

    /// <summary>Computes the hash under a parameter block and a key of the length that the block states.</summary>
    public static void Hash(
        in Blake2bParameters parameters, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> destination)
    {
        Span<ulong> state = stackalloc ulong[WordsPerState];
        InitialState.CopyTo(state);
        state[0] ^= parameters.Word0;
        state[1] ^= parameters.Word1;
        state[2] ^= parameters.Word2;

        Span<byte> block = stackalloc byte[BlockLength];
        ulong length = 0;
        if (!key.IsEmpty)
        {
            block.Clear();
            key.CopyTo(block);
            length = BlockLength;
            Compress(state, block, length, isLast: message.IsEmpty);
        }

        while (message.Length > BlockLength)
        {
            length += BlockLength;
            Compress(state, message[..BlockLength], length, isLast: false);
            message = message[BlockLength..];
        }

        if (!message.IsEmpty || key.IsEmpty)
        {
            block.Clear();
            message.CopyTo(block);
            Compress(state, block, length + (ulong)message.Length, isLast: true);
        }

        Span<byte> hash = stackalloc byte[MaxHashLength];
        for (int i = 0; i < WordsPerState; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(hash[(i * sizeof(ulong))..], state[i]);
        }

        hash[..destination.Length].CopyTo(destination);
    }

    private static void Compress(Span<ulong> state, ReadOnlySpan<byte> block, ulong length, bool isLast)
    {
        Span<ulong> message = stackalloc ulong[WordsPerBlock];
        for (int i = 0; i < WordsPerBlock; i++)
        {
            message[i] = BinaryPrimitives.ReadUInt64LittleEndian(block[(i * sizeof(ulong))..]);
        }

        // Sixteen locals, not a span: the compiler keeps them in registers.
        ReadOnlySpan<ulong> initial = InitialState;
        ulong v0 = state[0], v1 = state[1], v2 = state[2], v3 = state[3];
        ulong v4 = state[4], v5 = state[5], v6 = state[6], v7 = state[7];
        ulong v8 = initial[0], v9 = initial[1], v10 = initial[2], v11 = initial[3];
        ulong v12 = initial[4] ^ length, v13 = initial[5], v14 = isLast ? ~initial[6] : initial[6], v15 = initial[7];
        for (int round = 0; round < Rounds; round++)
        {
            ReadOnlySpan<byte> order = Schedule.Slice(round * WordsPerBlock, WordsPerBlock);
            Mix(ref v0, ref v4, ref v8, ref v12, message[order[0]], message[order[1]]);
            Mix(ref v1, ref v5, ref v9, ref v13, message[order[2]], message[order[3]]);
            Mix(ref v2, ref v6, ref v10, ref v14, message[order[4]], message[order[5]]);
            Mix(ref v3, ref v7, ref v11, ref v15, message[order[6]], message[order[7]]);
            Mix(ref v0, ref v5, ref v10, ref v15, message[order[8]], message[order[9]]);
            Mix(ref v1, ref v6, ref v11, ref v12, message[order[10]], message[order[11]]);
            Mix(ref v2, ref v7, ref v8, ref v13, message[order[12]], message[order[13]]);
            Mix(ref v3, ref v4, ref v9, ref v14, message[order[14]], message[order[15]]);
        }

        state[0] ^= v0 ^ v8;
        state[1] ^= v1 ^ v9;
        state[2] ^= v2 ^ v10;
        state[3] ^= v3 ^ v11;
        state[4] ^= v4 ^ v12;
        state[5] ^= v5 ^ v13;
        state[6] ^= v6 ^ v14;
        state[7] ^= v7 ^ v15;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong a, ref ulong b, ref ulong c, ref ulong d, ulong x, ulong y)
    {
        a += b + x;
        d = BitOperations.RotateRight(d ^ a, 32);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 24);
        a += b + y;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 63);
    }
}
