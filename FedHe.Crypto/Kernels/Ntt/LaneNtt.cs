using System.Numerics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>The lane kernel of the number-theoretic transform computes on doubles, and is generic over the lane type.</summary>
/// <remarks>
/// <para>
/// Radix-2 stages are fused two by two while a stage pairs whole registers. The remaining stages, whose pairs lie within a
/// register, run on blocks of two registers that are zipped (forward) or unzipped (inverse) between stages, so that no
/// stage is scalar.
/// </para>
/// <para>
/// Between passes the memory of the polynomial holds lazy doubles instead of residues. Twiddles have magnitude at most
/// p/2. Every method states its ranges and reduces where the next stage would exceed
/// <see cref="ModularLane{TReal, TWord}.MaxFactor"/>.
/// </para>
/// Zipping two registers rotates the bits of the index (register, position) by one to the left. After s zips the
/// position within the register has the group of the butterfly in its low s bits, so that the twiddles of a stage with
/// 2^s groups repeat with period 2^s through the register. One more zip after the last stage restores the order. Two
/// blocks run side by side: the chain of dependent operations through one alone would leave the machine waiting.
/// </remarks>
internal sealed partial class LaneNtt<TReal, TWord> : NttKernel
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    private readonly double _modulus;
    private readonly AlignedArray<double> _roots;
    private readonly AlignedArray<double> _blockRoots;
    private readonly AlignedArray<double> _inverseRoots;
    private readonly AlignedArray<double> _inverseBlockRoots;
    private readonly double _inverseDegree;
    private readonly double _lastInverseRoot;

    public LaneNtt(NttRoots roots)
        : base(roots.Degree)
    {
        _modulus = roots.Modulus;
        _roots = new([.. roots.Powers.Select(Center)]);
        _inverseRoots = new([.. roots.InversePowers.Select(Center)]);
        _blockRoots = InOrderOfUse(_roots);
        _inverseBlockRoots = InOrderOfUse(_inverseRoots);
        _inverseDegree = Center(roots.InverseDegree);
        _lastInverseRoot = Center(ModularArithmetic.Multiply(roots.InversePowers[1], roots.InverseDegree, roots.Modulus));
    }

    private static int BlockLength => 2 * TReal.Count;

    /// <summary>The number of stages inside a block: 4, 3, 2 and 1 for registers of eight, four, two and one numbers.</summary>
    private static int BlockStages => BitOperations.Log2((uint)BlockLength);

    /// <summary>Tells whether the number of stages outside blocks is odd, so that one of them is not fused with another.</summary>
    private bool HasSingleStage => ((BitOperations.Log2((uint)Degree) - BlockStages) & 1) != 0;

    /// <summary>Orders twiddles block by block: within a block, the twiddle of group g among G groups is at G + g.</summary>
    private AlignedArray<double> InOrderOfUse(ReadOnlySpan<double> roots)
    {
        var ordered = new AlignedArray<double>(Degree);
        int blocks = Degree / BlockLength;
        for (int block = 0; block < blocks; block++)
        {
            for (int groups = 1; groups < BlockLength; groups *= 2)
            {
                roots.Slice((blocks + block) * groups, groups).CopyTo(ordered.Span[((block * BlockLength) + groups)..]);
            }
        }

        return ordered;
    }

    /// <summary>Converts a residue in [0, p) to a double in (-p/2, p/2].</summary>
    private double Center(ulong residue) => residue <= _modulus / 2 ? residue : residue - _modulus;
}
