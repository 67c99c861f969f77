namespace FedHe.Crypto.Ckks;

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
    {
        double factor = Math.Sqrt(Math.ScaleB(12, LogQueries + StatisticalSecurity));
        double sigma = factor * errors.CoefficientNoise(bound);
        return new NoiseFlooding(sigma, sigma * errors.ValueNoisePerCoefficientNoise);
    }

    /// <summary>The grid of the requested precision, if flooding noise and scheme error stay within half a step of it.</summary>
    public PublicationGrid DemandGrid(VectorBound bound, int precisionBits)
    {
        VectorBound flooded = bound.Add(new VectorBound(0, 0, NoiseMax: double.MaxValue, ValueSigma * ValueSigma));
        double error = flooded.ErrorBound;
        for (int bits = precisionBits; bits > 0; bits--)
        {
            PublicationGrid grid = PublicationGrid.For(bound.MaxAbs, bits);
            if (error <= grid.Step / 2)
            {
                if (bits < precisionBits)
                {
                    Throw.PublicationExceedsCapacity(bits);
                }

                return grid;
            }
        }

        Throw.PublicationExceedsCapacity(0);
        return default;
    }
}
