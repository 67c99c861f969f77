using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>x mod p, for signed x in (-2^62, 2^62) and p of at least 2^40; the factor is 2^31 mod p.</summary>
internal readonly struct ReduceByLargePrimeOperator : IUnaryOperator
{
    /// <summary>log2 of the least p: a product within 3p/4 and a low part far below p then need no reduction.</summary>
    public const int MinLogModulus = 40;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IUnaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x)
    {
        SignedHalves.Split(x, out TReal high, out TReal low);
        return p.ToResidue(p.Multiply(high, p.Factor) + low);
    }
}

/// <summary>x mod p, for signed x in (-2^62, 2^62) and any p; the factor is 2^31 mod p.</summary>
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
