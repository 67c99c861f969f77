using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Encoding;

/// <summary>A coefficient packing puts one value into each coefficient, N values per ciphertext.</summary>
/// <remarks>
/// Additions and integer weights act on coefficients, so federated averaging needs nothing more. The packing takes half
/// the bytes of slots and no Fourier transform.
/// </remarks>
/// <param name="degree">The degree N of the ring.</param>
/// <param name="scale">The factor of a value before it is rounded to an integer.</param>
internal sealed class CoefficientPacking(int degree, double scale) : IPacking
{
    public int ValuesPerPolynomial => degree;

    public void Encode(ReadOnlySpan<double> values, Span<long> coefficients)
        => FixedPointKernel.Default.Encode(values, scale, coefficients);

    public void Decode(Span<double> coefficients, Span<double> values)
        => FixedPointKernel.Default.Decode(coefficients, 1 / scale, values);
}
