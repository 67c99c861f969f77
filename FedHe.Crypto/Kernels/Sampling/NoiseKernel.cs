using System.Diagnostics;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>
/// Turns uniform random bytes into small secret integers without branches or table look-ups. The same bytes give the
/// same samples in every implementation.
/// </summary>
internal abstract class NoiseKernel
{
    /// <summary>Largest magnitude of a centred-binomial sample.</summary>
    public const int BinomialMax = 21;

    /// <summary>Coins of one centred-binomial sample, one random bit each.</summary>
    public const int BinomialBits = 2 * BinomialMax;

    /// <summary>Random bytes that one ternary sample consumes.</summary>
    public const int TernaryBytes = 8;

    /// <summary>All coins of a sample.</summary>
    protected const ulong Coins = (1UL << BinomialBits) - 1;

    /// <summary>
    /// The coins of one side. Flipping them makes the difference of both sides one count: |a| - |b| = |a| + |~b| - 21.
    /// </summary>
    protected const ulong OneSide = Coins & (Coins << BinomialMax);

    /// <summary>The fastest implementation on this machine.</summary>
    public static NoiseKernel Default { get; } = Create(LaneSupport.Best);

    public static NoiseKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneNoiseKernel<WordLane512>(),
        LaneWidth.Vector256 => new LaneNoiseKernel<WordLane256>(),
        LaneWidth.Vector128 => new LaneNoiseKernel<WordLane128>(),
        LaneWidth.Scalar => new LaneNoiseKernel<WordLaneScalar>(),
        _ => new NoiseSpecification(),
    };

    /// <summary>
    /// Samples the centred binomial distribution with 21 coins a side: variance 10.5, sigma 3.24, magnitude at most 21.
    /// Every 42 bits, lowest first, are a sample's coins: one side's and then the other's.
    /// </summary>
    /// <remarks>Source: the default error distribution of Microsoft SEAL; Bossuat et al., ePrint 2024/463.</remarks>
    public void CentredBinomial(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        Debug.Assert(random.Length == BinomialLength(destination.Length), "42 random bits a sample.");
        CentredBinomialCore(random, destination);
    }

    /// <summary>Random bytes that centred-binomial samples consume.</summary>
    public static int BinomialLength(int samples) => BitPackingKernel.PackedLength(samples, BinomialBits);

    /// <summary>Samples {-1, 0, 1}, each with probability 1/3 to within 2^-62.</summary>
    public void Ternary(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        Debug.Assert(random.Length == TernaryBytes * destination.Length, "Eight random bytes a sample.");
        TernaryCore(random, destination);
    }

    protected abstract void CentredBinomialCore(ReadOnlySpan<byte> random, Span<sbyte> destination);

    protected abstract void TernaryCore(ReadOnlySpan<byte> random, Span<sbyte> destination);

}
