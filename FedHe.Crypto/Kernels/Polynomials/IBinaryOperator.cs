using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>A binary operator acts on two coefficients, and is written once for every width of register.</summary>
internal interface IBinaryOperator
{
    /// <summary>Computes one register of results.</summary>
    /// <param name="p">The prime and the factor of the operation.</param>
    /// <param name="x">One register of left operands.</param>
    /// <param name="y">One register of right operands.</param>
    static abstract TWord Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y)
        where TReal : struct, IRealLane<TReal, TWord>
        where TWord : struct, IWordLane<TWord>;
}
