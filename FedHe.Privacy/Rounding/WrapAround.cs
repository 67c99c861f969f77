using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Rounding;

/// <summary>
/// Bounds of the probability that a sum of integers with noise leaves its range and wraps around, or that a party must clamp a share of noise.
/// </summary>
/// <remarks>
/// A sum that wraps around is wrong and no less private, since taking remainders is post-processing. A share that is clamped before it is added
/// changes the distribution of the sum's noise: its probability belongs into the distance of the release
/// (<see cref="Releases.PrivacyRelease.Distance"/>).
/// </remarks>
public static class WrapAround
{
    /// <summary>Returns a bound of the probability that discrete Gaussian noise, or a sum of such noise, reaches a magnitude in any coordinate.</summary>
    /// <param name="variance">The variance of the noise, in squared units of the grid.</param>
    /// <param name="magnitude">The magnitude that must not be reached, positive.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <returns>The smaller of 1 and dimension * 2 exp(-magnitude^2 / 2 variance).</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double OfDiscreteGaussian(double variance, double magnitude, long dimension)
    {
        Require(variance, magnitude, dimension);
        return Union(-magnitude * magnitude / (2 * variance), dimension);
    }

    /// <summary>Returns a bound of the probability that Skellam noise reaches a magnitude in any coordinate.</summary>
    /// <param name="variance">The variance of the noise, in squared units of the grid.</param>
    /// <param name="magnitude">The magnitude that must not be reached, positive.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <returns>The smaller of 1 and dimension times Chernoff's bound for both tails.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double OfSkellam(double variance, double magnitude, long dimension)
    {
        Require(variance, magnitude, dimension);

        // E[exp(s X)] = exp(v (cosh s - 1)), smallest against exp(s m) at sinh s = m / v.
        double s = Math.Asinh(magnitude / variance);
        double excess = 2 * Math.Pow(Math.Sinh(s / 2), 2);
        return Union((variance * excess) - (s * magnitude), dimension);
    }

    /// <summary>Returns a bound of the probability that discrete Laplace noise of one party reaches a magnitude in any coordinate.</summary>
    /// <param name="scale">The scale b of the noise, in units of the grid.</param>
    /// <param name="magnitude">The magnitude that must not be reached, positive.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <returns>The smaller of 1 and dimension * 2 exp(-magnitude / scale).</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double OfDiscreteLaplace(double scale, double magnitude, long dimension)
    {
        Require(scale, magnitude, dimension);
        return Union(-magnitude / scale, dimension);
    }

    /// <summary>Returns a bound of the probability that a coordinate of a rotated vector reaches a magnitude.</summary>
    /// <param name="norm">The largest 2-norm of the vector, or of the sum of vectors, positive.</param>
    /// <param name="magnitude">The magnitude that must not be reached, positive.</param>
    /// <param name="dimension">The number of coordinates after the rotation.</param>
    /// <returns>The smaller of 1 and dimension * 2 exp(-magnitude^2 dimension / 2 norm^2).</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double OfRotated(double norm, double magnitude, long dimension)
    {
        Require(norm, magnitude, dimension);
        return Union(-magnitude / norm * (magnitude / norm) * dimension / 2, dimension);
    }

    private static double Union(double logTail, long dimension) => Math.Min(1, Math.Exp(logTail + Math.Log(2) + Math.Log(dimension)));

    private static void Require(double noise, double magnitude, long dimension)
    {
        Throw.IfNoiseOutOfRange(noise);
        if (!(magnitude > 0 && double.IsFinite(magnitude)))
        {
            throw Throw.RangeTooSmall();
        }

        Throw.IfNotPositive(dimension, PrivacyError.WrongLength, "The number of coordinates");
    }
}
