using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;

namespace FedHe.Crypto.Kernels;

/// <summary>
/// Turns uniform random bytes into small secret integers without branches or table look-ups.
/// </summary>
internal static class NoiseKernel
{
    /// <summary>Largest magnitude of a centred-binomial sample.</summary>
    public const int BinomialMax = 21;

    /// <summary>Random bytes that one centred-binomial sample consumes: 42 of 48 bits.</summary>
    public const int BinomialBytes = 6;

    /// <summary>Random bytes that one ternary sample consumes.</summary>
    public const int TernaryBytes = 8;

    private const ulong HalfMask = (1UL << BinomialMax) - 1;

    /// <summary>
    /// Samples the centred binomial distribution with 21 coins a side: variance 10.5, sigma 3.24, magnitude at most 21.
    /// </summary>
    /// <remarks>Source: the default error distribution of Microsoft SEAL; Bossuat et al., ePrint 2024/463.</remarks>
    public static void CentredBinomial(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        Debug.Assert(random.Length == BinomialBytes * destination.Length, "Six random bytes a sample.");
        for (int i = 0; i < destination.Length; i++)
        {
            ReadOnlySpan<byte> bytes = random.Slice(BinomialBytes * i, BinomialBytes);
            ulong bits = BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) << 32);
            int heads = BitOperations.PopCount(bits & HalfMask);
            int tails = BitOperations.PopCount((bits >> BinomialMax) & HalfMask);
            destination[i] = (sbyte)(heads - tails);
        }
    }

    /// <summary>Samples {-1, 0, 1}, each with probability 1/3 to within 2^-62.</summary>
    public static void Ternary(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        Debug.Assert(random.Length == TernaryBytes * destination.Length, "Eight random bytes a sample.");
        for (int i = 0; i < destination.Length; i++)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(random[(TernaryBytes * i)..]);
            destination[i] = (sbyte)((int)Math.BigMul(word, 3, out _) - 1);
        }
    }
}
