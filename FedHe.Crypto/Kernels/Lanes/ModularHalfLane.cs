using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>A modular half lane computes modulo a prime p on residues of 32 bits.</summary>
/// <remarks>
/// <para>
/// Residues are in [0, m), with m = 2p or m = p as the range says. Sums and differences of two are below 2m &lt;= 2^32, so that
/// the smaller one of s and s - m, as unsigned numbers, is s up to a multiple of p, in [0, m).
/// </para>
/// <para>
/// Product of x and a fixed w in [0, p) with w' = floor(w*2^32/p): x*w - floor(x*w'/2^32)*p is in [0, 2p) for every x of 32
/// bits. Source: Shoup's trick as in Harvey, "Faster arithmetic for number-theoretic transforms", 2014, section 2.
/// </para>
/// </remarks>
/// <typeparam name="THalf">The lane type.</typeparam>
/// <typeparam name="TRange">The range of residues.</typeparam>
internal readonly struct ModularHalfLane<THalf, TRange>
    where THalf : struct, IHalfLane<THalf>
    where TRange : struct, IHalfRange
{
    private readonly THalf _modulus;
    private readonly THalf _bound;

    /// <summary>Prepares the arithmetic modulo a prime that the range allows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ModularHalfLane(uint modulus)
    {
        Debug.Assert(modulus >> TRange.LogMaxModulus == 0, "A sum of two residues has 32 bits.");
        _modulus = THalf.Create(modulus);
        _bound = THalf.Create(TRange.IsLazy ? 2 * modulus : modulus);
    }

    /// <summary>Computes x + y up to a multiple of p, in [0, m), for x and y in [0, m).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public THalf Add(THalf x, THalf y)
    {
        AssertBelow(x, _bound);
        AssertBelow(y, _bound);
        THalf sum = x + y;
        return THalf.Min(sum, sum - _bound);
    }

    /// <summary>Computes x - y up to a multiple of p, in (0, 2m), for x and y in [0, m).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public THalf Subtract(THalf x, THalf y)
    {
        AssertBelow(x, _bound);
        AssertBelow(y, _bound);
        return x - y + _bound;
    }

    /// <summary>Computes x*w up to a multiple of p, in [0, m), for any x.</summary>
    /// <param name="x">Any numbers.</param>
    /// <param name="factor">The factors w, in [0, p).</param>
    /// <param name="quotient">The quotients floor(w*2^32/p).</param>
    /// <param name="oddQuotient">The quotients after <see cref="IHalfLane{TSelf}.OddToEven"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public THalf Multiply(THalf x, THalf factor, THalf quotient, THalf oddQuotient)
    {
        AssertBelow(factor, _modulus);
        THalf product = THalf.MultiplyModulo(x, factor, quotient, oddQuotient, _modulus);
        return TRange.IsLazy ? product : ToResidue(product);
    }

    /// <summary>Computes x mod p, in [0, p), for signed x in (-p, p).</summary>
    /// <remarks>As an unsigned number a negative x is above x + p, and any other x is below.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public THalf FromSigned(THalf x)
    {
        THalf residue = THalf.Min(x, x + _modulus);
        AssertBelow(residue, _modulus);
        return residue;
    }

    /// <summary>Computes x mod p, in [0, p), for x in [0, 2p).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public THalf ToResidue(THalf x)
    {
        THalf residue = THalf.Min(x, x - _modulus);
        AssertBelow(residue, _modulus);
        return residue;
    }

    /// <summary>Asserts, in debug builds, that numbers are below a bound.</summary>
    [Conditional("DEBUG")]
    private static void AssertBelow(THalf x, THalf bound)
        => Debug.Assert(THalf.Combine(THalf.Min(x, bound - THalf.Create(1)) ^ x) == 0, "A number is outside its range.");
}
