using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>
/// The reduction operator for large primes computes x mod p, for signed x in (-2^62, 2^62), p of at least 2^40 and the factor
/// 2^31 mod p.
/// </summary>
internal readonly struct ReduceByLargePrimeOperator : IUnaryOperator
{
    /// <summary>The logarithm to base 2 of the least p.</summary>
    /// <remarks>A product within 3p/4 and a low part far below p then need no reduction.</remarks>
    public const int MinLogModulus = 40;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IUnaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x)
    {
        SignedHalves.Split(x, out TReal high, out TReal low);
        return p.ToResidue(p.Multiply(high, p.Factor) + low);
    }
}

/// <summary>The reduction operator computes x mod p, for signed x in (-2^62, 2^62), any p and the factor 2^31 mod p.</summary>
internal readonly struct ReduceOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IUnaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x)
    {
        SignedHalves.Split(x, out TReal high, out TReal low);
        TReal product = p.Multiply(p.Reduce(high), p.Factor);
        return p.ToResidue(p.Reduce(product + p.Reduce(low)));
    }
}
