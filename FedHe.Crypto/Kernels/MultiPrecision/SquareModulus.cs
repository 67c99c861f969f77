using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>
/// Arithmetic modulo the square of an odd n on groups of <see cref="Lanes"/> independent numbers. A number x modulo n^2 is
/// the pair x0 + x1*n, in Montgomery form x*R. With a0*b0 = R*u - q*n (a Montgomery reduction that keeps its quotients q),
/// <code>
/// (a0 + a1*n)*(b0 + b1*n)/R = u + v*n mod n^2, v = (a0*b1 + a1*b0 - q)/R mod n:
/// </code>
/// three products and two reductions of half the length, five eighths of the work of a reduction modulo n^2 as a whole.
/// </summary>
/// <remarks>
/// <para>
/// R exceeds n by at least <see cref="SlackBits"/> bits, so a product of pairs whose components are below 32n has components
/// below 2n, and nothing is ever subtracted or compared. -q is added as (R-1-q) + z with z = (1-R) mod n.
/// </para>
/// No branch and no index depends on a number. A group is a residue (x0) followed by another (x1).
/// </remarks>
internal abstract class SquareModulus : IDisposable
{
    /// <summary>Least number of bits by which R exceeds n.</summary>
    public const int SlackBits = 12;

    // Two products of residues, and that of the quotients and n.
    private const int ProductsPerLimb = 3;

    protected SquareModulus(ReadOnlySpan<byte> modulus, int lanes, int logRadix, int mostProducts)
    {
        int bits = modulus.Length * 8;
        Lanes = lanes;
        LogRadix = logRadix;
        Limbs = (bits + SlackBits + logRadix - 1) / logRadix;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ProductsPerLimb * Limbs, mostProducts, nameof(modulus));
        Modulus = new AlignedArray<ulong>(WordInteger.Length(bits));
        WordInteger.ReadBigEndian(modulus, Modulus);
    }

    /// <summary>Numbers of a group.</summary>
    public int Lanes { get; }

    /// <summary>Bits of a limb.</summary>
    public int LogRadix { get; }

    /// <summary>Limbs of a residue modulo n.</summary>
    public int Limbs { get; }

    /// <summary>Words of one residue of every number of a group.</summary>
    public int ResidueLength => Limbs * Lanes;

    /// <summary>Words of a group.</summary>
    public int GroupLength => 2 * ResidueLength;

    /// <summary>n, in 64-bit words.</summary>
    public AlignedArray<ulong> Modulus { get; }

    /// <summary>R, R^2, R^3, ... modulo n^2: the Montgomery forms of 1, R, R^2, ...</summary>
    public abstract ReadOnlySpan<ulong> RadixPower(int exponent);

    /// <summary>Creates the arithmetic for a modulus.</summary>
    /// <param name="modulus">Odd n of at least 128 bits, a multiple of 64, big-endian, with its highest bit set.</param>
    /// <param name="width">What to specialise for; <see cref="LaneWidth.Specification"/> is the specification.</param>
    /// <param name="radixPowers">How many powers of R <see cref="RadixPower"/> knows, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The modulus is so long that sums of products could overflow.</exception>
    public static SquareModulus Create(ReadOnlySpan<byte> modulus, LaneWidth width, int radixPowers) => width switch
    {
        LaneWidth.Vector512 => new ColumnSquareModulus<LaneColumn<RealLane512, WordLane512>, WordLane512>(modulus, radixPowers),
        LaneWidth.Vector256 => new ColumnSquareModulus<LaneColumn<RealLane256, WordLane256>, WordLane256>(modulus, radixPowers),
        LaneWidth.Vector128 => new ColumnSquareModulus<LaneColumn<RealLane128, WordLane128>, WordLane128>(modulus, radixPowers),
        LaneWidth.Scalar => new ColumnSquareModulus<LaneColumn<RealLaneScalar, WordLaneScalar>, WordLaneScalar>(modulus, radixPowers),
        _ => new ColumnSquareModulus<WordColumn, WordLaneScalar>(modulus, radixPowers),
    };

    /// <summary>destination = left*right/R.</summary>
    public abstract void Multiply(
        ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>destination = value^2/R.</summary>
    public abstract void Square(ReadOnlySpan<ulong> value, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>destination = value/R: what leaves Montgomery form. x0 is then at most n, and x1 at most n+1.</summary>
    public abstract void Leave(ReadOnlySpan<ulong> value, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>destination = value/R for integers below n^2 of twice <see cref="Limbs"/> limbs.</summary>
    public abstract void Enter(ReadOnlySpan<ulong> integers, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>integers = x0 + x1*n, not reduced; may overwrite the value.</summary>
    public abstract void Expand(ReadOnlySpan<ulong> value, Span<ulong> integers);

    /// <summary>destination = left + right, not reduced.</summary>
    public abstract void Add(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination);

    /// <summary>destination = left*right/R modulo n, on residues.</summary>
    public abstract void MultiplyResidues(
        ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>destination = (left1*right1 + left2*right2)/R modulo n, on residues.</summary>
    public abstract void MultiplyAddResidues(
        ReadOnlySpan<ulong> left1,
        ReadOnlySpan<ulong> right1,
        ReadOnlySpan<ulong> left2,
        ReadOnlySpan<ulong> right2,
        Span<ulong> destination,
        MontgomeryScratch scratch);

    /// <summary>integers = left*right, on residues, of twice <see cref="Limbs"/> limbs.</summary>
    public abstract void MultiplyIntegers(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> integers);

    /// <summary>integers modulo n times 1/R, for integers below n*R of twice <see cref="Limbs"/> limbs.</summary>
    public abstract void ReduceIntegers(ReadOnlySpan<ulong> integers, Span<ulong> destination, MontgomeryScratch scratch);

    /// <summary>
    /// destination = for each number of a group its own entry of a table of single numbers, found by reading all of them.
    /// </summary>
    /// <param name="table">Entries of twice <see cref="Limbs"/> words.</param>
    /// <param name="count">Number of entries.</param>
    /// <param name="indices">One for each number; secret.</param>
    /// <param name="destination">A group.</param>
    public abstract void SelectSingles(
        ReadOnlySpan<ulong> table, int count, ReadOnlySpan<int> indices, Span<ulong> destination);

    /// <summary>Makes limbs of an integer of 64-bit words limbs of one number of a group, from its lowest on.</summary>
    /// <param name="words">The integer; zeros beyond its end.</param>
    /// <param name="first">First limb of the integer.</param>
    /// <param name="limbs">How many.</param>
    /// <param name="lane">Which number of the group.</param>
    /// <param name="destination">The group, or a part of it.</param>
    public abstract void Import(ReadOnlySpan<ulong> words, int first, int limbs, int lane, Span<ulong> destination);

    /// <summary>Limbs of one number of a group as an integer of 64-bit words; what exceeds them is dropped.</summary>
    public abstract void Export(ReadOnlySpan<ulong> source, int limbs, int lane, Span<ulong> words);

    /// <summary>Makes an integer the residue of every number of a group.</summary>
    public void Broadcast(ReadOnlySpan<ulong> words, Span<ulong> residue)
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            Import(words, 0, Limbs, lane, residue);
        }
    }

    /// <summary>Zeroes the modulus and everything derived from it.</summary>
    public abstract void Dispose();
}
