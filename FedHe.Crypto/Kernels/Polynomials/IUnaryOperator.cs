using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>A unary operator acts on one coefficient, and is written once for every width of register.</summary>
internal interface IUnaryOperator
{
    /// <summary>Computes one register of results.</summary>
    /// <param name="p">The prime and the factor of the operation.</param>
    /// <param name="x">One register of operands.</param>
    static abstract TWord Invoke<TReal, TWord>(in OperatorConstants<TReal, TWord> p, TWord x)
        where TReal : struct, IRealLane<TReal, TWord>
        where TWord : struct, IWordLane<TWord>;
}
