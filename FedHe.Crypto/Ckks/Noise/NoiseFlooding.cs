using FedHe.Crypto.Bounds;

namespace FedHe.Crypto.Ckks.Noise;

/// <summary>
/// The noise that hides the scheme's own noise when a decryption leaves the key holders: sigma = sqrt(12*tau)*2^(s/2)*B
/// with s bits of statistical security against tau published ciphertexts, and the a-priori noise bound B.
/// </summary>
/// <param name="CoefficientSigma">Standard deviation of the added noise, in units of coefficients.</param>
/// <param name="ValueSigma">Standard deviation of the added noise, in units of values.</param>
/// <remarks>
/// Source: Li, Micciancio, Schultz and Sorrell, "Securing Approximate Homomorphic Encryption Using Differential
/// Privacy", CRYPTO 2022, in the form that OpenFHE documents. B is the worst case over all data and is never measured.
/// </remarks>
internal readonly record struct NoiseFlooding(double CoefficientSigma, double ValueSigma)
{
    private const int StatisticalSecurity = 40;
    private const int LogQueries = 20;

    /// <summary>Computes the noise that hides the noise of a vector with the given bound.</summary>
    public static NoiseFlooding For(CkksErrorAnalysis errors, VectorBound bound)
        => For(errors.NoiseOfCoefficient(bound), errors.ValueNoisePerCoefficientNoise);

    /// <summary>Computes the noise that hides coefficient noise up to a bound.</summary>
    /// <param name="coefficientNoise">The a-priori bound B, in units of coefficients.</param>
    /// <param name="valueNoisePerCoefficientNoise">Factor from noise of coefficients to noise of values.</param>
    public static NoiseFlooding For(double coefficientNoise, double valueNoisePerCoefficientNoise)
    {
        double sigma = Math.Sqrt(Math.ScaleB(12, LogQueries + StatisticalSecurity)) * coefficientNoise; // sqrt(12*tau)*2^(s/2)*B
        return new NoiseFlooding(sigma, sigma * valueNoisePerCoefficientNoise);
    }

    /// <summary>Returns the bound of a vector after the flooding noise is added, which has no worst case.</summary>
    public VectorBound Flood(VectorBound bound)
        => bound.Add(new VectorBound(MaxAbs: 0, Rounding: 0, NoiseMax: double.MaxValue, ValueSigma * ValueSigma));
}
