using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>The multiplication operator computes x * y mod p, for x and y in [0, p).</summary>
internal readonly struct MultiplyOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IBinaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y)
        => p.ToResidue(p.Multiply(ModularLane<TReal, TWord>.ToReal(x), ModularLane<TReal, TWord>.ToReal(y)));
}

/// <summary>The scaling operator computes factor * x mod p, for x and the factor in [0, p).</summary>
internal readonly struct ScaleOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IUnaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x)
        => p.ToResidue(p.Multiply(ModularLane<TReal, TWord>.ToReal(x), p.Factor));
}

/// <summary>The operator computes x + factor * y mod p, for x, y and the factor in [0, p).</summary>
internal readonly struct AddScaledOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IBinaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y)
    {
        TReal product = p.Multiply(ModularLane<TReal, TWord>.ToReal(y), p.Factor); // in (-3p/4, 3p/4)
        return p.ToResidue(p.Reduce(ModularLane<TReal, TWord>.ToReal(x) + product));
    }
}
