using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>The addition operator computes x + y mod p, for x and y in [0, p).</summary>
internal readonly struct AddOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IBinaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y)
        => p.AddModulusWhereNegative(x + y - p.Modulus);
}

/// <summary>The signed addition operator computes x + y mod p, for x in [0, p) and signed y in (-p, p).</summary>
internal readonly struct AddSignedOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IBinaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y)
        => p.AddModulusWhereNegative(x + p.AddModulusWhereNegative(y) - p.Modulus);
}

/// <summary>The subtraction operator computes x - y mod p, for x and y in [0, p).</summary>
internal readonly struct SubtractOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord IBinaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y)
        => p.AddModulusWhereNegative(x - y);
}

/// <summary>The masking operator computes x + y - z mod p, for signed x and y in (-p, p) and z in [0, p).</summary>
internal readonly struct MaskOperator : ITernaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TWord ITernaryOperator.Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y, TWord z)
    {
        TWord sum = p.AddModulusWhereNegative(x) + p.AddModulusWhereNegative(y) - p.Modulus; // x + y, in [-p, p)
        return p.AddModulusWhereNegative(p.AddModulusWhereNegative(sum) - z);
    }
}
