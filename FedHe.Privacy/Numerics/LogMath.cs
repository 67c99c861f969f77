namespace FedHe.Privacy.Numerics;

/// <summary>Sums and differences of numbers that are given by their natural logarithms.</summary>
internal static class LogMath
{
    /// <summary>Returns ln(e^a + e^b).</summary>
    public static double Add(double a, double b)
    {
        (double small, double large) = a < b ? (a, b) : (b, a);
        return double.IsNegativeInfinity(small) ? large : large + Log1P(Math.Exp(small - large));
    }

    /// <summary>Returns ln(e^a - e^b), for a not below b.</summary>
    public static double Subtract(double a, double b)
    {
        if (double.IsNegativeInfinity(b))
        {
            return a;
        }

        return a <= b ? double.NegativeInfinity : a + Log1P(-Math.Exp(b - a));
    }

    /// <summary>Returns ln(1 + x), exact near 0.</summary>
    public static double Log1P(double x)
    {
        double sum = 1 + x;

        // The correction for what the addition rounded away (Kahan).
        return sum == 1 ? x : double.IsInfinity(sum) || sum == 0 ? Math.Log(sum) : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>Returns e^x - 1, exact near 0.</summary>
    public static double ExpM1(double x)
        => Math.Abs(x) < 1e-5 ? x + (x * x / 2) + (x * x * x / 6) : Math.Abs(x) < 0.5 ? 2 * Math.Sinh(x / 2) * Math.Exp(x / 2) : Math.Exp(x) - 1;
}
