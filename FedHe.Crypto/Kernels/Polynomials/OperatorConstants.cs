using System.Diagnostics;
using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>
/// Operator constants are the numbers that an operator needs beside its operands: a prime p and one factor, repeated through a
/// register.
/// </summary>
internal readonly struct OperatorConstants<TReal, TWord>
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    private readonly ModularLane<TReal, TWord> _arithmetic;

    /// <summary>Repeats a prime and a factor through a register.</summary>
    /// <param name="modulus">The prime p &lt; 2^50.</param>
    /// <param name="factor">The factor, in [0, p).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public OperatorConstants(ulong modulus, ulong factor)
    {
        Modulus = TWord.Create(modulus);
        Half = TWord.Create(modulus / 2);
        Factor = TReal.Create(factor);
        _arithmetic = new ModularLane<TReal, TWord>(modulus);
    }

    /// <summary>The prime p, repeated through a register.</summary>
    public TWord Modulus { get; }

    /// <summary>The number (p - 1)/2, repeated through a register.</summary>
    public TWord Half { get; }

    /// <summary>The factor, repeated through a register.</summary>
    public TReal Factor { get; }

    /// <summary>Adds p to every word that is negative as a signed integer.</summary>
    /// <param name="x">In [-p, p).</param>
    /// <returns>x mod p, in [0, p).</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TWord AddModulusWhereNegative(TWord x)
    {
        AssertNonNegative(x + Modulus);
        AssertBelowModulus(x);
        return TWord.AddWhereNegative(x, Modulus);
    }

    /// <summary>Moves residues to the interval centered at zero.</summary>
    /// <param name="x">In [0, p).</param>
    /// <returns>x where x is at most p/2, else x - p: in (-p/2, p/2].</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TWord Center(TWord x)
    {
        AssertNonNegative(x);
        AssertBelowModulus(x);
        return Half - TWord.AddWhereNegative(Half - x, Modulus); // the sign of p/2 - x decides
    }

    /// <inheritdoc cref="ModularLane{TReal, TWord}.Multiply"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TReal Multiply(TReal x, TReal y) => _arithmetic.Multiply(x, y);

    /// <inheritdoc cref="ModularLane{TReal, TWord}.Reduce"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TReal Reduce(TReal x) => _arithmetic.Reduce(x);

    /// <inheritdoc cref="ModularLane{TReal, TWord}.ToResidue"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TWord ToResidue(TReal x) => _arithmetic.ToResidue(x);

    [Conditional("DEBUG")]
    private void AssertBelowModulus(TWord x) => AssertNonNegative(Modulus - TWord.Create(1) - x);

    [Conditional("DEBUG")]
    private static void AssertNonNegative(TWord x)
        => Debug.Assert(TWord.Combine(x) >> 63 == 0, "A word is outside the range of the operation.");
}
