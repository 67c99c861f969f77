using FedHe.Crypto.Bounds;

namespace FedHe.Crypto.Ckks.Noise;

/// <summary>
/// How much noise hides the scheme's own noise when a decryption leaves the key holders: sigma = sqrt(12*tau)*2^(s/2)*B
/// with s bits of statistical security against tau published ciphertexts, and B the a-priori noise bound.
/// </summary>
/// <param name="CoefficientSigma">Standard deviation of the added noise, in units of coefficients.</param>
/// <param name="ValueSigma">The same in units of values.</param>
/// <remarks>
/// Source: Li, Micciancio, Schultz and Sorrell, "Securing Approximate Homomorphic Encryption Using Differential
/// Privacy", CRYPTO 2022, in the form that OpenFHE documents. B is the worst case over data, never measured.
/// </remarks>
internal readonly record struct NoiseFlooding(double CoefficientSigma, double ValueSigma)
{
    private const int StatisticalSecurity = 40;
    private const int LogQueries = 20;

    public static NoiseFlooding For(CkksErrorAnalysis errors, VectorBound bound)
        => For(errors.NoiseOfCoefficient(bound), errors.ValueNoisePerCoefficientNoise);

    /// <summary>Hides noise of a coefficient that is at most so large.</summary>
    /// <param name="coefficientNoise">The a-priori bound B, in units of coefficients.</param>
    /// <param name="valueNoisePerCoefficientNoise">How much it grows on its way to a value, in units of values.</param>
    public static NoiseFlooding For(double coefficientNoise, double valueNoisePerCoefficientNoise)
    {
        double sigma = Math.Sqrt(Math.ScaleB(12, LogQueries + StatisticalSecurity)) * coefficientNoise;
        return new NoiseFlooding(sigma, sigma * valueNoisePerCoefficientNoise);
    }

    /// <summary>Bound of a vector once the flooding noise is added; a Gaussian has no worst case.</summary>
    public VectorBound Flood(VectorBound bound)
        => bound.Add(new VectorBound(MaxAbs: 0, Rounding: 0, NoiseMax: double.MaxValue, ValueSigma * ValueSigma));
}
