using MathNet.Numerics;

namespace FedHe.Privacy.Numerics;

/// <summary>The standard normal distribution, also where its tails are too small for floating-point numbers.</summary>
internal static class Normal
{
    // From here on a continued fraction converges within a few dozen terms.
    private const double LargestOfErfc = 5;
    private const int FractionTerms = 120;

    /// <summary>Returns the probability of values up to x, to a relative error of about 1e-15.</summary>
    public static double Cdf(double x) => Math.Exp(LogCdf(x));

    /// <summary>Returns the natural logarithm of the probability of values up to x.</summary>
    public static double LogCdf(double x)
        => x > 0 ? LogMath.Log1P(-0.5 * SpecialFunctions.Erfc(x / Math.Sqrt(2))) : LogErfc(-x / Math.Sqrt(2)) - Math.Log(2);

    /// <summary>Returns the natural logarithm of the complementary error function.</summary>
    public static double LogErfc(double x)
        => x < LargestOfErfc ? Math.Log(SpecialFunctions.Erfc(x)) : (-x * x) - Math.Log(x * Math.Sqrt(Math.PI)) + Math.Log(TailFraction(x));

    // erfc(x) = exp(-x^2) / (x sqrt(pi)) * 1 / (1 + a / (1 + 2a / (1 + 3a / ...))) with a = 1 / 2x^2.
    private static double TailFraction(double x)
    {
        double a = 1 / (2 * x * x);
        double fraction = 1;
        for (int k = FractionTerms; k > 0; k--)
        {
            fraction = 1 + (k * a / fraction);
        }

        return 1 / fraction;
    }
}
