using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Encoding;

/// <summary>A coefficient packing puts one value into each coefficient, N values per ciphertext.</summary>
/// <remarks>
/// Additions and integer weights act on coefficients, so federated averaging needs nothing more. The packing takes half
/// the bytes of slots and no Fourier transform.
/// </remarks>
internal sealed class CoefficientPacking(int degree, int logScale) : IPacking
{
    public int ValuesPerPolynomial => degree;

    public void Encode(ReadOnlySpan<double> values, Span<long> coefficients)
        => FixedPointKernel.Default.Encode(values, Math.ScaleB(1, logScale), coefficients);

    public void Decode(Span<double> coefficients, Span<double> values)
        => FixedPointKernel.Default.Decode(coefficients, Math.ScaleB(1, -logScale), values);
}
