using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>A modular lane computes exactly modulo a prime p &lt; 2^50 on doubles that hold integers.</summary>
/// <remarks>
/// <para>
/// Between operations integers stay in a signed range of a few p: they are lazy. <see cref="ToResidue"/> gives the
/// canonical residue in [0, p), which is unique, so that every lane width agrees with the specification bit for bit.
/// </para>
/// <para>
/// Product of a and w: h = fl(a*w), q = nearest integer to h/p, result (h - q*p) + (a*w - h), both parentheses exact in
/// fused multiplications. With |a| = alpha*p and |w| &lt;= omega*p, |q| must stay below 2^51 for rounding by addition of
/// 1.5*2^52, so alpha*omega &lt;= 2. Since h/p is off by at most 2 relative rounding errors of 2^-53, the result is at most
/// p*(1/2 + alpha*omega*p*2^-52) &lt; p*(1/2 + alpha*omega/4).
/// </para>
/// Source: van der Hoeven, Lecerf and Quintin, "Modular SIMD arithmetic in Mathemagix", ACM TOMS 43(1), 2016, section 3,
/// with signed representatives instead of final corrections.
/// </remarks>
internal readonly struct ModularLane<TReal, TWord>
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    /// <summary>The largest magnitude, in units of p, of a factor whose other factor is in [-p/2, p/2].</summary>
    public const double MaxFactor = 4;

    /// <summary>The bits of 2^52: or-ed with an integer below 2^52 they are the double 2^52 + integer.</summary>
    public const ulong IntegerExponent = 0x4330_0000_0000_0000;

    /// <summary>The number 2^52.</summary>
    public const double IntegerShift = 4503599627370496.0;

    // Added to a double below 2^51 it rounds to the nearest integer, which then is in the low bits of the word.
    private const double RoundingShift = 6755399441055744.0;

    private readonly TReal _modulus;
    private readonly TReal _negatedModulus;
    private readonly TReal _inverse;
    private readonly TReal _shift;

    /// <summary>Prepares the arithmetic modulo a prime in (2, 2^50).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ModularLane(double modulus)
    {
        _modulus = TReal.Create(modulus);
        _negatedModulus = TReal.Create(-modulus);
        _inverse = TReal.Create(1 / modulus);
        _shift = TReal.Create(RoundingShift);
    }

    /// <summary>Bounds the magnitude of a product, in units of p.</summary>
    /// <param name="factor">The bound of one factor, in [0, <see cref="MaxFactor"/>]; the other one is in [-p/2, p/2].</param>
    public static double ProductBound(double factor) => 0.5 + (factor / 8);

    /// <summary>Loads residues in [0, p) as doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Load(ref ulong source, nuint index) => ToReal(TWord.Load(ref source, index));

    /// <summary>Converts integers in [0, 2^52) to doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal ToReal(TWord integers)
        => TReal.FromWords(integers | TWord.Create(IntegerExponent)) - TReal.Create(IntegerShift);

    /// <summary>Converts signed integers in (-2^51, 2^51) to doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal SignedToReal(TWord integers)
    {
        var shift = TReal.Create(RoundingShift);
        return TReal.FromWords(integers + TReal.AsWords(shift)) - shift;
    }

    /// <summary>Multiplies two registers of numbers modulo p.</summary>
    /// <param name="a">In [-alpha*p, alpha*p], with alpha*omega at most 2.</param>
    /// <param name="w">In [-omega*p, omega*p].</param>
    /// <returns>a*w up to a multiple of p, in [-beta*p, beta*p] with beta = 1/2 + alpha*omega/4.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TReal Multiply(TReal a, TReal w)
    {
        TReal high = a * w; // h = fl(a*w)
        TReal quotient = TReal.MultiplyAdd(high, _inverse, _shift) - _shift; // q = round(h/p)
        TReal low = TReal.MultiplySubtract(a, w, high); // a*w - h
        return TReal.MultiplyAdd(quotient, _negatedModulus, high) + low; // (h - q*p) + (a*w - h)
    }

    /// <summary>Reduces lazy values modulo p.</summary>
    /// <param name="value">In (-2^51, 2^51).</param>
    /// <returns>The value up to a multiple of p, in [-p/2, p/2] to within 2^-53*|value|.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TReal Reduce(TReal value)
    {
        TReal quotient = TReal.MultiplyAdd(value, _inverse, _shift) - _shift; // q = round(value/p)
        return TReal.MultiplyAdd(quotient, _negatedModulus, value); // value - q*p
    }

    /// <summary>Converts lazy values to canonical residues.</summary>
    /// <param name="value">In (-p, p).</param>
    /// <returns>value mod p, in [0, p), as a word.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TWord ToResidue(TReal value)
    {
        AssertWithin(value, 1);
        TReal residue = TReal.AddWhereNegative(value, _modulus) + TReal.Create(IntegerShift);
        return TReal.AsWords(residue) ^ TWord.Create(IntegerExponent);
    }

    /// <summary>Stores lazy values, in (-p, p), as canonical residues.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(TReal value, ref ulong destination, nuint index)
        => TWord.Store(ToResidue(value), ref destination, index);

    /// <summary>Asserts, in debug builds, that every magnitude is at most <paramref name="bound"/>*p.</summary>
    [Conditional("DEBUG")]
    public void AssertWithin(TReal value, double bound)
        => Debug.Assert(TReal.AreWithin(value * _inverse, bound), "A lazy range was exceeded.");
}
