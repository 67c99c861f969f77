using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Encoding;

/// <summary>
/// An exact-integer packing rounds values to integers and puts several signed fields, wide enough for sums, into each
/// coefficient. Noise below half a unit rounds away in decoding.
/// </summary>
/// <remarks>
/// A ciphertext holds N values for each field, and sums of coefficients are sums of fields.
/// Fields are balanced: a negative one borrows from the next, and adding half a field to each gives it back, so neither
/// encoding nor decoding needs to know the weights of a sum.
/// </remarks>
internal sealed class ExactIntegerPacking(int degree, int logScale, ExactFields fields) : IPacking
{
    public int ValuesPerPolynomial => degree * fields.Count;

    public void Encode(ReadOnlySpan<double> values, Span<long> coefficients)
        => ExactIntegerKernel.Default.Encode(values, Math.ScaleB(1, logScale), fields, coefficients[..degree]);

    public void Decode(Span<double> coefficients, Span<double> values)
        => ExactIntegerKernel.Default.Decode(coefficients[..degree], Math.ScaleB(1, -logScale), fields, values);
}
