using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Encoding;

/// <summary>
/// One value in each coefficient: N values per ciphertext. Addition and integer weights act on coefficients, so this
/// is all that federated averaging needs, at half the bytes of slots and without a Fourier transform.
/// </summary>
internal sealed class CoefficientPacking(int degree, int logScale) : IPacking
{
    public int ValuesPerPolynomial => degree;

    public void Encode(ReadOnlySpan<double> values, Span<long> coefficients)
        => FixedPointKernel.Default.Encode(values, Math.ScaleB(1, logScale), coefficients);

    public void Decode(Span<double> coefficients, Span<double> values)
        => FixedPointKernel.Default.Decode(coefficients, Math.ScaleB(1, -logScale), values);
}
