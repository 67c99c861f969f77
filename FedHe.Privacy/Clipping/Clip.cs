using System.Numerics.Tensors;
using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Clipping;

/// <summary>Clipping scales a vector down until its norm keeps a bound, and leaves shorter vectors as they are.</summary>
/// <remarks>
/// Norms are computed in double precision, and the factor is rounded down by 2^-30, so that rounding never leaves a vector longer than its bound.
/// Clip first, then rotate, round and add noise.
/// </remarks>
public static class Clip
{
    // More than what the norm of 2^22 values, summed one after the other, and the products can be off; sums of lanes are closer still.
    private const double Slack = 1 - (1.0 / (1L << 30));

    /// <summary>Clips a vector by its 2-norm.</summary>
    /// <param name="values">The vector, which is changed in place.</param>
    /// <param name="bound">The largest 2-norm, positive.</param>
    /// <returns>The factor, 1 where nothing changed. It depends on the values and is a secret.</returns>
    /// <exception cref="PrivacyException">The bound is out of range, or a value is not finite; the values are unchanged.</exception>
    public static double TwoNorm(Span<double> values, double bound)
    {
        Throw.IfClipOutOfRange(bound);
        return Scale(values, bound, Norms.Two(values));
    }

    /// <summary>Clips a vector by its 1-norm, as Laplace noise needs it.</summary>
    /// <param name="values">The vector, which is changed in place.</param>
    /// <param name="bound">The largest 1-norm, positive.</param>
    /// <returns>The factor, 1 where nothing changed. It depends on the values and is a secret.</returns>
    /// <exception cref="PrivacyException">The bound is out of range, or a value is not finite; the values are unchanged.</exception>
    public static double OneNorm(Span<double> values, double bound)
    {
        Throw.IfClipOutOfRange(bound);
        return Scale(values, bound, Norms.One(values));
    }

    private static double Scale(Span<double> values, double bound, double norm)
    {
        if (!double.IsFinite(norm))
        {
            throw Throw.NotFinite();
        }

        if (norm <= bound * Slack)
        {
            return 1;
        }

        // The factor alone can be subnormal and have too few digits; neither of these two can.
        TensorPrimitives.Divide(values, norm, values);
        TensorPrimitives.Multiply(values, bound * Slack, values);
        return bound / norm * Slack;
    }
}
