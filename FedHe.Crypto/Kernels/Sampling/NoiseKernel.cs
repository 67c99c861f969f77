using System.Diagnostics;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>A noise kernel samples small secret integers from uniform random bytes, without branches or table look-ups.</summary>
/// <remarks>The same bytes give the same samples in every implementation.</remarks>
internal abstract class NoiseKernel
{
    /// <summary>The largest magnitude of a centered-binomial sample.</summary>
    public const int BinomialMax = 21;

    /// <summary>The number of coins, each a random bit, of one centered-binomial sample.</summary>
    public const int BinomialBits = 2 * BinomialMax;

    /// <summary>The number of random bytes that one ternary sample consumes.</summary>
    public const int TernaryBytes = 8;

    /// <summary>The bits of all coins of a sample.</summary>
    protected const ulong Coins = (1UL << BinomialBits) - 1;

    /// <summary>The bits of the coins of one side.</summary>
    /// <remarks>
    /// Flipping them makes the difference of both sides one count of ones: ones(a) - ones(b) = ones(a) + ones(~b) - 21.
    /// </remarks>
    protected const ulong OneSide = Coins & (Coins << BinomialMax);

    /// <summary>The fastest implementation on this machine.</summary>
    public static NoiseKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static NoiseKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneNoiseKernel<WordLane512>(),
        LaneWidth.Vector256 => new LaneNoiseKernel<WordLane256>(),
        LaneWidth.Vector128 => new LaneNoiseKernel<WordLane128>(),
        LaneWidth.Scalar => new LaneNoiseKernel<WordLaneScalar>(),
        _ => new NoiseSpecification(),
    };

    /// <summary>
    /// Samples the centered binomial distribution with 21 coins a side, of variance 10.5 and standard deviation 3.24.
    /// </summary>
    /// <remarks>Sources: the default error distribution of Microsoft SEAL; Bossuat et al., ePrint 2024/463.</remarks>
    /// <param name="random">Random bytes. Every 42 bits, lowest first, are the coins of a sample, one side after the other.</param>
    /// <param name="destination">Receives samples in [-21, 21].</param>
    public void CenteredBinomial(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        Debug.Assert(random.Length == BinomialLength(destination.Length), "42 random bits a sample.");
        CenteredBinomialCore(random, destination);
    }

    /// <summary>Returns the number of random bytes that centered-binomial samples consume.</summary>
    public static int BinomialLength(int samples) => BitPackingKernel.PackedLength(samples, BinomialBits);

    /// <summary>Samples -1, 0 and 1, each with probability 1/3 to within 2^-62.</summary>
    public void Ternary(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        Debug.Assert(random.Length == TernaryBytes * destination.Length, "Eight random bytes a sample.");
        TernaryCore(random, destination);
    }

    protected abstract void CenteredBinomialCore(ReadOnlySpan<byte> random, Span<sbyte> destination);

    protected abstract void TernaryCore(ReadOnlySpan<byte> random, Span<sbyte> destination);
}
