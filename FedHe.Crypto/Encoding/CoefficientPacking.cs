namespace FedHe.Crypto.Encoding;

/// <summary>
/// One value in each coefficient: N values per ciphertext. Addition and integer weights act on coefficients, so this
/// is all that federated averaging needs, at half the bytes of slots and without a Fourier transform.
/// </summary>
internal sealed class CoefficientPacking(int degree, int logScale) : IPacking
{
    public int ValuesPerPolynomial => degree;

    public void Encode(Span<double> values, Span<long> coefficients)
    {
        double scale = Math.ScaleB(1, logScale);
        for (int i = 0; i < coefficients.Length; i++)
        {
            coefficients[i] = (long)Math.Round(values[i] * scale);
        }
    }

    public void Decode(Span<double> coefficients, Span<double> values)
    {
        double inverseScale = Math.ScaleB(1, -logScale);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = coefficients[i] * inverseScale;
        }
    }
}
