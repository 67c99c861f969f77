using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Releases;

/// <summary>A release of a sum of vectors of integers with Skellam noise, of one party or of many.</summary>
/// <remarks>
/// With variance v the divergence of an integer order a is at most a D2^2 / 2v + min(((2a - 1) D2^2 + 6 D1) / 4v^2, 3 D1 / 2v). Between
/// integers the next larger one is taken, since divergences grow with the order. Source: Agarwal, Kairouz and Liu, NeurIPS 2021,
/// theorem 3.5.
/// </remarks>
public sealed class SkellamRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="variance">The variance of the noise that counts, in squared units of the grid, at least 1.</param>
    /// <param name="sensitivity">The sensitivity in units of the grid, after rounding.</param>
    /// <param name="distance">The statistical distance of the noise of all coordinates and parties from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public SkellamRelease(double variance, GridSensitivity sensitivity, double distance)
        : base(distance)
    {
        ArgumentNullException.ThrowIfNull(sensitivity);
        if (!(variance >= 1 && double.IsFinite(variance)))
        {
            throw Throw.VarianceBelowOne();
        }

        Variance = variance;
        Sensitivity = sensitivity;
    }

    /// <inheritdoc/>
    public override string Name => "Skellam noise";

    /// <summary>The variance of the noise that counts, in squared units of the grid.</summary>
    public double Variance { get; }

    /// <summary>The sensitivity in units of the grid, after rounding.</summary>
    public GridSensitivity Sensitivity { get; }

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order)
    {
        double a = Math.Ceiling(order);
        double square = Sensitivity.Two * Sensitivity.Two;
        double excess = Math.Min(
            ((((2 * a) - 1) * square) + (6 * Sensitivity.One)) / (4 * Variance * Variance), 3 * Sensitivity.One / (2 * Variance));
        return (a * square / (2 * Variance)) + excess;
    }
}
