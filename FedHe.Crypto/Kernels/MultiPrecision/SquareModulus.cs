using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>
/// A square modulus computes modulo the square of an odd n, on groups of <see cref="Lanes"/> independent numbers.
/// </summary>
/// <remarks>
/// <para>
/// A number x modulo n^2 is the pair x0 + x1*n, in Montgomery form x*R; a group is a residue (all x0) followed by another
/// (all x1). With a0*b0 = R*u - q*n, a Montgomery reduction that keeps its quotients q,
/// </para>
/// <code>
/// (a0 + a1*n)*(b0 + b1*n)/R = u + v*n mod n^2, v = (a0*b1 + a1*b0 - q)/R mod n:
/// </code>
/// <para>
/// three products and two reductions of half the length, five eighths of the work of a reduction modulo n^2 as a whole.
/// </para>
/// <para>
/// R exceeds n by at least <see cref="SlackBits"/> bits. A product of pairs with components in [0, 32n) therefore has
/// components in [0, 2n), and nothing is ever subtracted or compared. -q is added as (R-1-q) + z with z = (1-R) mod n.
/// </para>
/// No branch and no index depends on a number.
/// </remarks>
internal abstract class SquareModulus : IDisposable
{
    /// <summary>The least number of bits by which R exceeds n.</summary>
    public const int SlackBits = 12;

    // Two products of residues, and the product of the quotients and n.
    private const int ProductsPerLimb = 3;

    protected SquareModulus(ReadOnlySpan<byte> modulus, int lanes, int logRadix, int mostProducts)
    {
        int bits = modulus.Length * 8;
        Lanes = lanes;
        LogRadix = logRadix;
        Limbs = (bits + SlackBits + logRadix - 1) / logRadix;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ProductsPerLimb * Limbs, mostProducts, nameof(modulus));
        Modulus = new AlignedArray<ulong>(MultiPrecisionInteger.Length(bits));
        MultiPrecisionInteger.ReadBigEndian(modulus, Modulus);
    }

    /// <summary>The size of a group, in numbers.</summary>
    public int Lanes { get; }

    /// <summary>The number of bits of a limb, which makes the radix 2^LogRadix.</summary>
    public int LogRadix { get; }

    /// <summary>The number of limbs of a residue modulo n, where R is the radix to this power.</summary>
    public int Limbs { get; }

    /// <summary>The length in words of one residue of every number of a group.</summary>
    public int ResidueLength => Limbs * Lanes;

    /// <summary>The length in words of a group.</summary>
    public int GroupLength => 2 * ResidueLength;

    /// <summary>The modulus n, in 64-bit words.</summary>
    public AlignedArray<ulong> Modulus { get; }

    /// <summary>Returns R^exponent modulo n^2 for a positive exponent, which is the Montgomery form of R^(exponent-1).</summary>
    public abstract ReadOnlySpan<ulong> RadixPower(int exponent);

    /// <summary>Creates the arithmetic for a modulus.</summary>
    /// <param name="modulus">Odd n of at least 128 bits, a multiple of 64, big-endian, with its highest bit set.</param>
    /// <param name="width">The registers to specialize for; <see cref="LaneWidth.Specification"/> for 64-bit words.</param>
    /// <param name="radixPowers">The largest exponent of <see cref="RadixPower"/>, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The modulus is so long that sums of products could overflow.</exception>
    public static SquareModulus Create(ReadOnlySpan<byte> modulus, LaneWidth width, int radixPowers) => width switch
    {
        LaneWidth.Vector512 => new ColumnSquareModulus<LaneColumn<RealLane512, WordLane512>, WordLane512>(modulus, radixPowers),
        LaneWidth.Vector256 => new ColumnSquareModulus<LaneColumn<RealLane256, WordLane256>, WordLane256>(modulus, radixPowers),
        LaneWidth.Vector128 => new ColumnSquareModulus<LaneColumn<RealLane128, WordLane128>, WordLane128>(modulus, radixPowers),
        LaneWidth.Scalar => new ColumnSquareModulus<LaneColumn<RealLaneScalar, WordLaneScalar>, WordLaneScalar>(modulus, radixPowers),
        _ => new ColumnSquareModulus<WordColumn, WordLaneScalar>(modulus, radixPowers),
    };

    /// <summary>Computes destination = left*right/R modulo n^2.</summary>
    /// <param name="left">A group with components in [0, 32n).</param>
    /// <param name="right">A group with components in [0, 32n).</param>
    /// <param name="destination">Receives a group with components in [0, 2n); may be an operand.</param>
    /// <param name="scratch">Scratch of this modulus.</param>
    public abstract void Multiply(
        ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>Computes destination = value^2/R modulo n^2.</summary>
    /// <param name="value">A group with components in [0, 32n).</param>
    /// <param name="destination">Receives a group with components in [0, 2n); may be the value.</param>
    /// <param name="scratch">Scratch of this modulus.</param>
    public abstract void Square(ReadOnlySpan<ulong> value, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>Converts numbers from Montgomery form: destination = value/R modulo n^2.</summary>
    /// <param name="value">A group with components in [0, 32n).</param>
    /// <param name="destination">Receives a group with x0 in [0, n] and x1 in [0, n+1]; may be the value.</param>
    /// <param name="scratch">Scratch of this modulus.</param>
    public abstract void FromMontgomery(ReadOnlySpan<ulong> value, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>Reduces integers to pairs: destination = integers/R modulo n^2.</summary>
    /// <param name="integers">Integers in [0, n^2), of twice <see cref="Limbs"/> limbs.</param>
    /// <param name="destination">Receives a group; may be the integers.</param>
    /// <param name="scratch">Scratch of this modulus.</param>
    public abstract void MontgomeryReduce(ReadOnlySpan<ulong> integers, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>Computes integers = x0 + x1*n, not reduced; the destination may be the value.</summary>
    public abstract void Expand(ReadOnlySpan<ulong> value, Span<ulong> integers);

    /// <summary>Computes destination = left + right, component by component and not reduced.</summary>
    public abstract void Add(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination);

    /// <summary>Computes destination = left*right/R modulo n, on residues.</summary>
    public abstract void MultiplyResidues(
        ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>Computes destination = (left1*right1 + left2*right2)/R modulo n, on residues.</summary>
    public abstract void MultiplyAddResidues(
        ReadOnlySpan<ulong> left1,
        ReadOnlySpan<ulong> right1,
        ReadOnlySpan<ulong> left2,
        ReadOnlySpan<ulong> right2,
        Span<ulong> destination,
        MontgomeryScratch scratch);

    /// <summary>Computes integers = left*right, of twice <see cref="Limbs"/> limbs, on residues.</summary>
    public abstract void MultiplyIntegers(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> integers);

    /// <summary>Reduces integers to residues: destination = integers/R modulo n.</summary>
    /// <param name="integers">Integers in [0, n*R), of twice <see cref="Limbs"/> limbs.</param>
    /// <param name="destination">Receives residues.</param>
    /// <param name="scratch">Scratch of this modulus.</param>
    public abstract void ReduceIntegers(ReadOnlySpan<ulong> integers, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>Looks up an entry of a table of single numbers for each number of a group, by reading all entries.</summary>
    /// <param name="table">Entries of twice <see cref="Limbs"/> words.</param>
    /// <param name="count">Number of entries.</param>
    /// <param name="indices">An index for each number; secret.</param>
    /// <param name="destination">A group.</param>
    public abstract void SelectSingles(
        ReadOnlySpan<ulong> table, int count, ReadOnlySpan<int> indices, Span<ulong> destination);

    /// <summary>Copies limbs of an integer of 64-bit words to one number of a group, from its lowest limb on.</summary>
    /// <param name="words">The integer; zeros beyond its end.</param>
    /// <param name="first">First limb of the integer.</param>
    /// <param name="limbs">Number of limbs.</param>
    /// <param name="lane">Position of the number in the group.</param>
    /// <param name="destination">The group, or a part of it.</param>
    public abstract void Import(ReadOnlySpan<ulong> words, int first, int limbs, int lane, Span<ulong> destination);

    /// <summary>
    /// Copies limbs of one number of a group to an integer of 64-bit words, without bits beyond the integer's end.
    /// </summary>
    public abstract void Export(ReadOnlySpan<ulong> source, int limbs, int lane, Span<ulong> words);

    /// <summary>Copies an integer to the residue of every number of a group.</summary>
    public void Broadcast(ReadOnlySpan<ulong> words, Span<ulong> residue)
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            Import(words, 0, Limbs, lane, residue);
        }
    }

    /// <summary>Zeroes the modulus and all memory derived from the modulus.</summary>
    public abstract void Dispose();
}
