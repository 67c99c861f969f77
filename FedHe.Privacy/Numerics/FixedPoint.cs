using System.Numerics;

namespace FedHe.Privacy.Numerics;

/// <summary>
/// A fixed-point number has 256 bits after the point. Tables of probabilities are computed with it, so that no rounding of
/// floating-point numbers reaches a sample.
/// </summary>
/// <remarks>
/// Products and quotients are rounded down: errors of single operations are below 2^-256. <see cref="Exp"/> and
/// <see cref="Cos"/> lose at most 64 bits to squaring and doubling, which leaves far more than the 127 bits that thresholds keep.
/// </remarks>
internal readonly record struct FixedPoint(BigInteger Scaled) : IComparable<FixedPoint>
{
    public const int FractionBits = 256;

    // Arguments are halved until they are below 2^-16, where sixteen bits are won with each term of a series.
    private const int SmallBits = 16;

    public static FixedPoint Zero { get; } = new(BigInteger.Zero);

    public static FixedPoint One { get; } = new(BigInteger.One << FractionBits);

    /// <summary>The circle constant, by Machin's formula.</summary>
    public static FixedPoint Pi { get; } = ((16 * ArcTangentOfInverse(5)) - (4 * ArcTangentOfInverse(239)));

    public static implicit operator FixedPoint(long value) => new((BigInteger)value << FractionBits);

    public static FixedPoint operator +(FixedPoint left, FixedPoint right) => new(left.Scaled + right.Scaled);

    public static FixedPoint operator -(FixedPoint left, FixedPoint right) => new(left.Scaled - right.Scaled);

    public static FixedPoint operator -(FixedPoint value) => new(-value.Scaled);

    public static FixedPoint operator *(FixedPoint left, FixedPoint right) => new((left.Scaled * right.Scaled) >> FractionBits);

    public static FixedPoint operator *(long left, FixedPoint right) => new(left * right.Scaled);

    public static FixedPoint operator /(FixedPoint left, FixedPoint right) => new((left.Scaled << FractionBits) / right.Scaled);

    public static bool operator <(FixedPoint left, FixedPoint right) => left.Scaled < right.Scaled;

    public static bool operator >(FixedPoint left, FixedPoint right) => left.Scaled > right.Scaled;

    public static bool operator <=(FixedPoint left, FixedPoint right) => left.Scaled <= right.Scaled;

    public static bool operator >=(FixedPoint left, FixedPoint right) => left.Scaled >= right.Scaled;

    /// <summary>Returns the number that a finite double stands for, exact for magnitudes from 2^-200 on.</summary>
    public static FixedPoint Of(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        long mantissa = (bits & 0xF_FFFF_FFFF_FFFF) | (exponent == 0 ? 0 : 1L << 52);
        int shift = Math.Max(exponent, 1) - 1075 + FractionBits;
        BigInteger scaled = shift >= 0 ? (BigInteger)mantissa << shift : (BigInteger)mantissa >> -shift;
        return new FixedPoint(value < 0 ? -scaled : scaled);
    }

    public static FixedPoint PowerOfTwo(int exponent) => new(BigInteger.One << (FractionBits + exponent));

    public static FixedPoint Abs(FixedPoint value) => new(BigInteger.Abs(value.Scaled));

    /// <summary>Returns e to the power of a number between -2^40 and 64.</summary>
    public static FixedPoint Exp(FixedPoint value)
    {
        // Below -256 the result is below 2^-256.
        if (value < -FractionBits)
        {
            return Zero;
        }

        int halvings = HalvingsOf(value);
        var small = new FixedPoint(value.Scaled >> halvings);
        FixedPoint sum = One;
        FixedPoint term = One;
        for (long i = 1; !term.Scaled.IsZero && i < 100; i++)
        {
            term = new FixedPoint((term * small).Scaled / i);
            sum += term;
        }

        for (int i = 0; i < halvings; i++)
        {
            sum *= sum;
        }

        return sum;
    }

    /// <summary>Returns the cosine of a number of magnitude below 64.</summary>
    public static FixedPoint Cos(FixedPoint value)
    {
        int halvings = HalvingsOf(value);
        var small = new FixedPoint(value.Scaled >> halvings);
        FixedPoint square = small * small;
        FixedPoint sum = One;
        FixedPoint term = One;
        for (long i = 1; !term.Scaled.IsZero && i < 100; i++)
        {
            term = new FixedPoint(-(term * square).Scaled / ((2 * i) * ((2 * i) - 1)));
            sum += term;
        }

        for (int i = 0; i < halvings; i++)
        {
            sum = (2 * (sum * sum)) - One;
        }

        return sum;
    }

    public int CompareTo(FixedPoint other) => Scaled.CompareTo(other.Scaled);

    /// <summary>Returns the nearest double, up to its last bit.</summary>
    public double ToDouble()
    {
        int excess = Math.Max(0, (int)BigInteger.Abs(Scaled).GetBitLength() - 64);
        return Math.ScaleB((double)(Scaled >> excess), excess - FractionBits);
    }

    private static int HalvingsOf(FixedPoint value)
        => Math.Max(0, (int)BigInteger.Abs(value.Scaled).GetBitLength() - FractionBits + SmallBits);

    private static FixedPoint ArcTangentOfInverse(long inverse)
    {
        BigInteger power = (BigInteger.One << FractionBits) / inverse;
        BigInteger sum = power;
        for (long i = 3; !power.IsZero; i += 2)
        {
            power /= -inverse * inverse;
            sum += power / i;
        }

        return new FixedPoint(sum);
    }
}
