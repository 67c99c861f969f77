using FedHe.Privacy.Errors;
using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Calibration;

/// <summary>
/// The Gaussian calibration relates the standard deviation of Gaussian noise to epsilon and delta, exactly for one release of
/// continuous noise.
/// </summary>
/// <remarks>
/// Discrete noise and several releases are accounted for by accountants. Sources: Balle and Wang, "Improving the Gaussian
/// Mechanism for Differential Privacy", ICML 2018 (analytic); Dwork and Roth, "The Algorithmic Foundations of Differential
/// Privacy", theorem A.1 (classical).
/// </remarks>
public static class GaussianCalibration
{
    private const double SmallestMultiplier = 1e-6;
    private const double LargestMultiplier = 1e12;
    private const double LargestEpsilon = 1e12;

    /// <summary>Returns the smallest standard deviation that suffices, rounded up to a double.</summary>
    /// <param name="epsilon">Epsilon, positive.</param>
    /// <param name="delta">Delta, strictly between 0 and 1.</param>
    /// <param name="sensitivity">The largest 2-norm by which one unit changes the sum, positive.</param>
    /// <returns>The standard deviation, in units of the sensitivity.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double Deviation(double epsilon, double delta, double sensitivity)
    {
        Throw.IfEpsilonOutOfRange(epsilon);
        Throw.IfDeltaOutOfRange(delta);
        Throw.IfSensitivityOutOfRange(sensitivity);
        return sensitivity * Search.SmallestWhere(
            multiplier => DeltaOf(epsilon, multiplier) <= delta, SmallestMultiplier, LargestMultiplier);
    }

    /// <summary>Returns the smallest delta of a standard deviation at an epsilon.</summary>
    /// <param name="epsilon">Epsilon, positive.</param>
    /// <param name="deviation">The standard deviation, positive.</param>
    /// <param name="sensitivity">The largest 2-norm by which one unit changes the sum, positive.</param>
    /// <returns>Delta.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double Delta(double epsilon, double deviation, double sensitivity)
    {
        Throw.IfEpsilonOutOfRange(epsilon);
        Throw.IfNoiseOutOfRange(deviation);
        Throw.IfSensitivityOutOfRange(sensitivity);
        return DeltaOf(epsilon, deviation / sensitivity);
    }

    /// <summary>Returns the smallest epsilon of a standard deviation at a delta, rounded up to a double.</summary>
    /// <param name="deviation">The standard deviation, positive.</param>
    /// <param name="delta">Delta, strictly between 0 and 1.</param>
    /// <param name="sensitivity">The largest 2-norm by which one unit changes the sum, positive.</param>
    /// <returns>Epsilon; 0 where delta alone suffices.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double Epsilon(double deviation, double delta, double sensitivity)
    {
        Throw.IfNoiseOutOfRange(deviation);
        Throw.IfDeltaOutOfRange(delta);
        Throw.IfSensitivityOutOfRange(sensitivity);
        double multiplier = deviation / sensitivity;
        return DeltaOf(0, multiplier) <= delta
            ? 0
            : Search.SmallestWhere(epsilon => DeltaOf(epsilon, multiplier) <= delta, 0, LargestEpsilon);
    }

    /// <summary>Returns the standard deviation of the classical formula, which is valid only for an epsilon below 1 and never the smallest.</summary>
    /// <param name="epsilon">Epsilon, strictly between 0 and 1.</param>
    /// <param name="delta">Delta, strictly between 0 and 1.</param>
    /// <param name="sensitivity">The largest 2-norm by which one unit changes the sum, positive.</param>
    /// <returns>The standard deviation sensitivity * sqrt(2 ln(1.25 / delta)) / epsilon.</returns>
    /// <exception cref="PrivacyException">A number is out of range, or epsilon is 1 or more, where the formula can violate its claim.</exception>
    public static double ClassicalDeviation(double epsilon, double delta, double sensitivity)
    {
        Throw.IfEpsilonOutOfRange(epsilon);
        Throw.IfDeltaOutOfRange(delta);
        Throw.IfSensitivityOutOfRange(sensitivity);
        return epsilon < 1
            ? sensitivity * Math.Sqrt(2 * Math.Log(1.25 / delta)) / epsilon
            : throw Throw.ClassicalGaussianDoesNotApply();
    }

    /// <summary>Returns the epsilon of the classical formula.</summary>
    /// <param name="deviation">The standard deviation, positive.</param>
    /// <param name="delta">Delta, strictly between 0 and 1.</param>
    /// <param name="sensitivity">The largest 2-norm by which one unit changes the sum, positive.</param>
    /// <returns>Epsilon.</returns>
    /// <exception cref="PrivacyException">A number is out of range, or epsilon would be 1 or more.</exception>
    public static double ClassicalEpsilon(double deviation, double delta, double sensitivity)
    {
        Throw.IfNoiseOutOfRange(deviation);
        Throw.IfDeltaOutOfRange(delta);
        Throw.IfSensitivityOutOfRange(sensitivity);
        double epsilon = sensitivity * Math.Sqrt(2 * Math.Log(1.25 / delta)) / deviation;
        return epsilon < 1 ? epsilon : throw Throw.ClassicalGaussianDoesNotApply();
    }

    /// <summary>Returns delta = cdf(1/2m - epsilon m) - e^epsilon cdf(-1/2m - epsilon m) for a noise multiplier m.</summary>
    internal static double DeltaOf(double epsilon, double multiplier)
    {
        double first = Normal.LogCdf((0.5 / multiplier) - (epsilon * multiplier));
        double second = epsilon + Normal.LogCdf((-0.5 / multiplier) - (epsilon * multiplier));
        return Math.Exp(LogMath.Subtract(first, second));
    }
}
