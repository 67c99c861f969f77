using System.Diagnostics;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Tags;

/// <summary>A tag kernel evaluates the two polynomial hashes of linear tags, modulo one prime.</summary>
/// <remarks>
/// <para>
/// Values are in rows of 512: with R rows, H_h = sum_{r,l} v_{r,l} * y_h^(R-1-r) * x_h^l mod p for h = 0, 1. An accumulator
/// for each column and hash takes the rows in order, A_{h,l} = A_{h,l}*y_h + v_{r,l}, and folding gives
/// H_h = sum_l A_{h,l} * x_h^l. Rows of independent columns fill registers of every width, which Horner's rule in one point
/// would not.
/// </para>
/// Accumulators are words whose meaning is the kernel's own, except that zeros mean zero. Values and points are secret: no
/// branch and no index depends on them. Every implementation agrees with <see cref="TagSpecification"/> on the hashes, bit for
/// bit.
/// </remarks>
internal abstract class TagKernel
{
    /// <summary>The number of hashes, each with points of its own.</summary>
    public const int HashCount = 2;

    /// <summary>The number of bits of a column's index.</summary>
    public const int LogRowLength = 9;

    /// <summary>The number of values in a row.</summary>
    public const int RowLength = 1 << LogRowLength;

    /// <summary>The number of words in the accumulators of both hashes.</summary>
    public const int AccumulatorLength = HashCount * RowLength;

    /// <summary>The bound of the primes for which lanes of doubles are exact.</summary>
    public const ulong MaxLanePrime = 1UL << 50;

    /// <summary>The most bits of a packed value: with one more, a value would reach into the exponent of a double.</summary>
    public const int MaxPackedWidth = 52;

    private static readonly TagKernel WidePrimes = new TagSpecification();

    /// <summary>The fastest implementation on this machine for primes below <see cref="MaxLanePrime"/>.</summary>
    public static TagKernel Default { get; } = Create(LaneSupport.Best);

    /// <summary>Returns the fastest implementation on this machine for a prime below 2^62.</summary>
    public static TagKernel For(ulong prime) => prime < MaxLanePrime ? Default : WidePrimes;

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static TagKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneTagKernel<RealLane512, WordLane512>(),
        LaneWidth.Vector256 => new LaneTagKernel<RealLane256, WordLane256>(),
        LaneWidth.Vector128 => new LaneTagKernel<RealLane128, WordLane128>(),
        LaneWidth.Scalar => new LaneTagKernel<RealLaneScalar, WordLaneScalar>(),
        _ => new TagSpecification(),
    };

    /// <summary>Computes A_{h,l} = A_{h,l}*y_h + (value &gt;&gt; dropped), for values of consecutive columns and rows.</summary>
    /// <param name="values">Words that are in [0, p) once they are shifted.</param>
    /// <param name="dropped">The number of low bits that values are shifted by, in [0, 63].</param>
    /// <param name="column">The column of the first value, in [0, <see cref="RowLength"/>).</param>
    /// <param name="points">The points.</param>
    /// <param name="accumulators">The accumulators of the first hash, then of the second one.</param>
    /// <param name="modulus">The prime p.</param>
    public void MultiplyAdd(
        ReadOnlySpan<ulong> values, int dropped, int column, HashPoints points, Span<ulong> accumulators, in BarrettModulus modulus)
    {
        AssertResidues(values, dropped, modulus.Prime);
        accumulators = accumulators[..AccumulatorLength];
        int head = Math.Min(values.Length, (RowLength - column) % RowLength);
        int whole = (values.Length - head) & -RowLength;
        MultiplyAddCore(values[..head], dropped, column, points, accumulators, modulus);
        MultiplyAddCore(values.Slice(head, whole), dropped, 0, points, accumulators, modulus);
        MultiplyAddCore(values[(head + whole)..], dropped, 0, points, accumulators, modulus);
    }

    /// <summary>
    /// Computes A_{h,l} = A_{h,l}*y_h + v + offset for packed values v of consecutive rows, and tells whether every v is below a limit.
    /// </summary>
    /// <param name="source">The packed values from column 0 on, as <see cref="PackedSumKernel"/> has them: a multiple of eight.</param>
    /// <param name="width">The bits of a packed value, in [1, <see cref="MaxPackedWidth"/>].</param>
    /// <param name="limit">The exclusive limit of v, at least 1.</param>
    /// <param name="offset">The number to add to every v; sums are below p.</param>
    /// <param name="points">The points.</param>
    /// <param name="accumulators">The accumulators of the first hash, then of the second one; meaningless unless all v are below the limit.</param>
    /// <param name="modulus">The prime p.</param>
    public bool TryMultiplyAdd(
        ReadOnlySpan<byte> source, int width, ulong limit, ulong offset, HashPoints points, Span<ulong> accumulators, in BarrettModulus modulus)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, MaxPackedWidth);
        Debug.Assert(limit - 1 + offset < modulus.Prime, "Sums are residues.");
        accumulators = accumulators[..AccumulatorLength];
        int rows = RowsWithRoom(source, width);
        int rowBytes = RowLength / ByteGroupLayout.GroupLength * width;
        bool areInRange = rows == 0 || TryMultiplyAddRows(source, rows, width, limit, offset, points, accumulators, modulus);
        Span<ulong> row = stackalloc ulong[RowLength];
        for (source = source[(rows * rowBytes)..]; !source.IsEmpty;)
        {
            ReadOnlySpan<byte> packed = source[..Math.Min(rowBytes, source.Length)];
            Span<ulong> values = row[..(packed.Length / width * ByteGroupLayout.GroupLength)];
            areInRange &= PackedSumKernel.Default.TryRestore(packed, width, limit, shift: 0, offset, values);
            MultiplyAddCore(values, dropped: 0, column: 0, points, accumulators, modulus);
            source = source[packed.Length..];
        }

        return areInRange;
    }

    /// <summary>Computes H_h = sum_l A_{h,l} * x_h^l mod p, in [0, p), and leaves the accumulators meaningless.</summary>
    public abstract (ulong First, ulong Second) Fold(Span<ulong> accumulators, HashPoints points, in BarrettModulus modulus);

    /// <summary>Tells whether every value is at most <paramref name="maximum"/>, which is below 2^63.</summary>
    public abstract bool AreAtMost(ReadOnlySpan<ulong> values, ulong maximum);

    /// <summary>
    /// Computes <see cref="MultiplyAdd"/> on part of one row, or on whole rows from column 0 on.
    /// </summary>
    protected abstract void MultiplyAddCore(
        ReadOnlySpan<ulong> values,
        int dropped,
        int column,
        HashPoints points,
        Span<ulong> accumulators,
        in BarrettModulus modulus);

    /// <summary>Counts the rows of packed values that <see cref="TryMultiplyAddRows"/> can process, which may read past them.</summary>
    protected virtual int RowsWithRoom(ReadOnlySpan<byte> source, int width) => 0;

    /// <summary>Computes <see cref="TryMultiplyAdd"/> on rows for which there is room.</summary>
    protected virtual bool TryMultiplyAddRows(
        ReadOnlySpan<byte> source,
        int rows,
        int width,
        ulong limit,
        ulong offset,
        HashPoints points,
        Span<ulong> accumulators,
        in BarrettModulus modulus) => throw new NotSupportedException();

    [Conditional("DEBUG")]
    private static void AssertResidues(ReadOnlySpan<ulong> values, int dropped, ulong prime)
    {
        bool areResidues = true;
        foreach (ulong value in values)
        {
            areResidues &= value >> dropped < prime;
        }

        Debug.Assert(areResidues, "A value is not below the prime.");
    }
}
