using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Releases;

/// <summary>The moments of the likelihood ratio of Gaussian noise on a Poisson sample, as finite or infinite series of logarithms.</summary>
/// <remarks>Source: Mironov, Talwar and Zhang, arXiv 1908.10530, section 3.3. Terms keep the signs of the binomial coefficients.</remarks>
internal static class SampledGaussianSeries
{
    // A term below e^-45 of the sum is beyond what doubles resolve.
    private const double LogNegligible = 45;
    private const int LargestTermCount = 1_000_000;

    /// <summary>Returns the natural logarithm of the moment of an order above 1.</summary>
    public static double LogMoment(double multiplier, double probability, double order)
        => order == Math.Floor(order) ? OfInteger(multiplier, probability, order) : OfFraction(multiplier, probability, order);

    private static double OfInteger(double multiplier, double q, double order)
    {
        double sum = double.NegativeInfinity;
        double logBinomial = 0;
        for (double i = 0; i <= order; i++)
        {
            double log = logBinomial + (i * Math.Log(q)) + ((order - i) * LogMath.Log1P(-q));
            sum = LogMath.Add(sum, log + (((i * i) - i) / (2 * multiplier * multiplier)));
            logBinomial += Math.Log(order - i) - Math.Log(i + 1);
        }

        return sum;
    }

    private static double OfFraction(double multiplier, double q, double order)
    {
        double variance = multiplier * multiplier;
        double split = (variance * Math.Log((1 / q) - 1)) + 0.5;
        double positive = double.NegativeInfinity;
        double negative = double.NegativeInfinity;
        double logBinomial = 0;
        int sign = 1;
        for (int i = 0; i < LargestTermCount; i++)
        {
            double j = order - i;
            double below = logBinomial + (i * Math.Log(q)) + (j * LogMath.Log1P(-q)) + ((((double)i * i) - i) / (2 * variance))
                + Normal.LogErfc((i - split) / (Math.Sqrt(2) * multiplier)) - Math.Log(2);
            double above = logBinomial + (j * Math.Log(q)) + (i * LogMath.Log1P(-q)) + (((j * j) - j) / (2 * variance))
                + Normal.LogErfc((split - j) / (Math.Sqrt(2) * multiplier)) - Math.Log(2);
            double term = LogMath.Add(below, above);
            if (sign > 0)
            {
                positive = LogMath.Add(positive, term);
            }
            else
            {
                negative = LogMath.Add(negative, term);
            }

            if (i > order && term < positive - LogNegligible)
            {
                return LogMath.Subtract(positive, negative);
            }

            // C(order, i + 1) = C(order, i) (order - i) / (i + 1); its sign alternates once i exceeds the order.
            logBinomial += Math.Log(Math.Abs(j)) - Math.Log(i + 1);
            sign = j < 0 ? -sign : sign;
        }

        return double.PositiveInfinity;
    }
}
