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

/// <summary>
/// The operator computes x + y mod p in (-p/2, p/2], as the bits of a double, for x and y with a sum below 2^51.
/// </summary>
/// <remarks>
/// The rounded quotient is right, since an integer times 1/p is further from every half than the rounding error: v*2^-53 is
/// below 1/2 for v below 2^52.
/// </remarks>
internal readonly struct CenterSumToRealOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IBinaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y)
        => TReal.AsWords(p.Reduce(ModularLane<TReal, TWord>.ToReal(x) + ModularLane<TReal, TWord>.ToReal(y)));
}
