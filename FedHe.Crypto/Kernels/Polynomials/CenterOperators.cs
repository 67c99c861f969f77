using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>The centering operator computes x mod p in (-p/2, p/2], as a signed integer, for x in [0, p).</summary>
internal readonly struct CenterOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IUnaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x) => p.Center(x);
}

/// <summary>The centering operator computes x mod p in (-p/2, p/2], as the bits of a double, for x in [0, p).</summary>
internal readonly struct CenterToRealOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IUnaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x)
        => TReal.AsWords(ModularLane<TReal, TWord>.SignedToReal(p.Center(x)));
}
