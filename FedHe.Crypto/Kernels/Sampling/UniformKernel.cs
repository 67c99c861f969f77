using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>
/// A uniform kernel computes the public steps of seed expansion: counter blocks before the cipher, masking and range check after
/// it.
/// </summary>
/// <remarks>The data are public, so the rare words outside the range may be handled with branches.</remarks>
internal abstract class UniformKernel
{
    /// <summary>The number of words in one cipher block.</summary>
    public const int WordsPerBlock = 2;

    /// <summary>The fastest implementation on this machine.</summary>
    public static UniformKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    /// <remarks>Registers of one word gain nothing over the specification.</remarks>
    public static UniformKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneUniformKernel<WordLane512>(),
        LaneWidth.Vector256 => new LaneUniformKernel<WordLane256>(),
        LaneWidth.Vector128 => new LaneUniformKernel<WordLane128>(),
        _ => new UniformSpecification(),
    };

    /// <summary>
    /// Writes blocks of two words: a counter that starts at <paramref name="first"/>, and <paramref name="label"/>.
    /// </summary>
    public abstract void WriteCounters(Span<ulong> words, ulong first, ulong label);

    /// <summary>Masks words and tells whether all results are residues.</summary>
    /// <param name="words">Random words.</param>
    /// <param name="mask">The bits of a residue.</param>
    /// <param name="modulus">The prime p, below 2^63.</param>
    /// <param name="destination">Receives words &amp; mask; identical with the words or disjoint, and of equal length.</param>
    /// <returns>Whether all results are in [0, p).</returns>
    public abstract bool Mask(ReadOnlySpan<ulong> words, ulong mask, ulong modulus, Span<ulong> destination);

    /// <summary>Masks words, tells whether all results are residues, and adds the results to an accumulator.</summary>
    /// <param name="words">Random words.</param>
    /// <param name="mask">The bits of a residue.</param>
    /// <param name="modulus">The prime p, below 2^62.</param>
    /// <param name="addend">Residues in [0, p).</param>
    /// <param name="destination">Receives (words &amp; mask) + addend mod p; disjoint from the others and of equal length.</param>
    /// <returns>Whether all masked words are in [0, p); if not, the destination is meaningless.</returns>
    public abstract bool MaskAndAdd(
        ReadOnlySpan<ulong> words, ulong mask, ulong modulus, ReadOnlySpan<ulong> addend, Span<ulong> destination);

    /// <summary>Moves the words below <paramref name="modulus"/> to the front, in order, and returns their number.</summary>
    public static int Compact(Span<ulong> words, ulong modulus)
    {
        int kept = 0;
        foreach (ulong word in words)
        {
            words[kept] = word;
            kept += word < modulus ? 1 : 0;
        }

        return kept;
    }
}
