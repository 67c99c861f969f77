using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>A ternary operator acts on three coefficients, and is written once for every width of register.</summary>
internal interface ITernaryOperator
{
    /// <summary>Computes one register of results.</summary>
    /// <param name="p">The prime and the factor of the operation.</param>
    /// <param name="x">One register of first operands.</param>
    /// <param name="y">One register of second operands.</param>
    /// <param name="z">One register of third operands.</param>
    static abstract TWord Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x, TWord y, TWord z)
        where TReal : struct, IRealLane<TReal, TWord>
        where TWord : struct, IWordLane<TWord>;
}
