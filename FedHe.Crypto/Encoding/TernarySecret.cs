namespace FedHe.Crypto.Encoding;

/// <summary>This class tells whether ternary coefficients can be a uniform secret, without a branch on any of them.</summary>
internal static class TernarySecret
{
    // Each of -1, 0 and 1 is a third of a uniform secret in the mean.
    private const int LeastShare = 6;

    /// <summary>
    /// Tells whether each of -1, 0 and 1 is at least a sixth of the coefficients. A secret that is zero, constant or sparse
    /// is refused.
    /// </summary>
    /// <remarks>
    /// The number k of coefficients with one value is binomial, and by Chernoff Pr[k &lt; N/6] &lt; exp(-N*D) with
    /// D = (1/6)*ln(1/2) + (5/6)*ln(5/4) = 0.0704. A uniform secret is refused with probability below 3*2^-104 at N = 1024,
    /// and far below at larger degrees.
    /// </remarks>
    public static bool IsPlausible(ReadOnlySpan<sbyte> coefficients)
    {
        int nonzero = 0;
        int negative = 0;
        foreach (sbyte coefficient in coefficients)
        {
            nonzero += coefficient & 1;
            negative += (coefficient >> 1) & 1;
        }

        int rarest = Math.Min(Math.Min(negative, nonzero - negative), coefficients.Length - nonzero);
        return rarest * LeastShare >= coefficients.Length;
    }
}
