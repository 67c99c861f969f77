using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Releases;

/// <summary>The moments of the likelihood ratio of Gaussian noise on a Poisson sample, as finite or infinite series of logarithms.</summary>
/// <remarks>Source: Mironov, Talwar and Zhang, arXiv 1908.10530, section 3.3. Terms keep the signs of the binomial coefficients.</remarks>
internal static class SampledGaussianSeries
{
    // The signs of late terms alternate. Where terms fall slowly, half of the first one that is left out stands for all of the others, up to a
    // thousandth of it; elsewhere the first one that doubles do not resolve ends the series.
    private const double LogSmall = 26;
    private const double LogNegligible = 40;
    private const double SlowFall = 2e-3;
    private const double RemainderOfHalf = 2e-3;

    // What sums of logarithms are off, as measured against numbers of 50 digits, several times over. Below the smallest resolved logarithm of a moment
    // that would be more than a few millionths of a fractional series, whose terms near 1 cancel; those of an integer order have one sign.
    private const double Roundoff = 2e-15;
    private const double SmallestResolved = 1e-9;
    private const int LargestTermCount = 20_000;

    /// <summary>Returns the Renyi divergence of an order above 1.</summary>
    /// <remarks>
    /// Where a series does not end soon, or is too near 1 for doubles, the divergence of the next integer order is the bound, since divergences
    /// grow with the order. Results are rounded up.
    /// </remarks>
    public static double Divergence(double multiplier, double probability, double order)
    {
        double next = Math.Ceiling(order);
        double logMoment = order == next ? double.NaN : OfFraction(multiplier, probability, order);
        if (logMoment > SmallestResolved && double.IsFinite(logMoment))
        {
            return (logMoment + (Roundoff * (1 + (order * order * probability) + logMoment))) / (order - 1);
        }

        return RoundedUp(multiplier, probability, next) / (next - 1);
    }

    /// <summary>Returns a bound of the Renyi divergence of an order above 1 of noise on integers, from integer orders alone.</summary>
    public static double DivergenceOfIntegers(double multiplier, double probability, double order)
    {
        double low = Math.Floor(order);
        double chord = RoundedUp(multiplier, probability, low);
        if (order > low)
        {
            chord += (order - low) * (RoundedUp(multiplier, probability, low + 1) - chord);
        }

        return chord / (order - 1);
    }

    private static double RoundedUp(double multiplier, double q, double order)
    {
        double logMoment = order == 1 ? 0 : Math.Max(0, OfInteger(multiplier, q, order));
        return logMoment + (Roundoff * ((order * order * q) + logMoment));
    }

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
        double last = double.NegativeInfinity;
        int sign = 1;
        for (int i = 0; i < LargestTermCount; i++)
        {
            double j = order - i;
            double below = logBinomial + (i * Math.Log(q)) + (j * LogMath.Log1P(-q)) + ((((double)i * i) - i) / (2 * variance))
                + Normal.LogErfc((i - split) / (Math.Sqrt(2) * multiplier)) - Math.Log(2);
            double above = logBinomial + (j * Math.Log(q)) + (i * LogMath.Log1P(-q)) + (((j * j) - j) / (2 * variance))
                + Normal.LogErfc((split - j) / (Math.Sqrt(2) * multiplier)) - Math.Log(2);
            double term = LogMath.Add(below, above);
            bool isLast = i > order + 1 && (term < positive - LogNegligible || (term < positive - LogSmall && last - term < SlowFall));
            last = term;
            term -= isLast ? Math.Log(2) : 0;
            if (sign > 0)
            {
                positive = LogMath.Add(positive, term);
            }
            else
            {
                negative = LogMath.Add(negative, term);
            }

            if (double.IsNaN(term) || isLast)
            {
                return LogMath.Add(LogMath.Subtract(positive, negative), term + Math.Log(RemainderOfHalf));
            }

            // C(order, i + 1) = C(order, i) (order - i) / (i + 1); its sign alternates once i exceeds the order.
            logBinomial += Math.Log(Math.Abs(j)) - Math.Log(i + 1);
            sign = j < 0 ? -sign : sign;
        }

        return double.NaN;
    }
}
