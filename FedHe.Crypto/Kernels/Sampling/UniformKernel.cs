using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>
/// The public side of seed expansion: counter blocks before the cipher, masking and range check after it. The data are
/// public, so the rare words outside the range may be handled with branches.
/// </summary>
internal abstract class UniformKernel
{
    /// <summary>Words of one cipher block.</summary>
    public const int WordsPerBlock = 2;

    /// <summary>The fastest implementation on this machine.</summary>
    public static UniformKernel Default { get; } = Create(LaneSupport.Best);

    public static UniformKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneUniformKernel<WordLane512>(),
        LaneWidth.Vector256 => new LaneUniformKernel<WordLane256>(),
        LaneWidth.Vector128 => new LaneUniformKernel<WordLane128>(),
        _ => new UniformSpecification(),
    };

    /// <summary>
    /// Writes blocks of two words: a number that counts from <paramref name="first"/>, and <paramref name="label"/>.
    /// </summary>
    public abstract void WriteCounters(Span<ulong> words, ulong first, ulong label);

    /// <summary>
    /// Cuts words to <paramref name="mask"/> and tells whether all are below <paramref name="modulus"/> &lt; 2^63. The spans
    /// are identical or disjoint and of equal length.
    /// </summary>
    public abstract bool Mask(ReadOnlySpan<ulong> words, ulong mask, ulong modulus, Span<ulong> destination);

    /// <summary>
    /// Cuts words to <paramref name="mask"/>, adds them to residues and tells whether all were below
    /// <paramref name="modulus"/> &lt; 2^62; if not, the destination is meaningless. Spans are disjoint and of equal length.
    /// </summary>
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
