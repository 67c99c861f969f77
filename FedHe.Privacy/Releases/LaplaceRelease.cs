using FedHe.Privacy.Errors;
using FedHe.Privacy.Losses;
using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Releases;

/// <summary>A release with continuous Laplace noise. Discrete noise is described by <see cref="PureRelease"/>.</summary>
/// <remarks>
/// The divergence is a convex function of the shift that is 0 at 0, so that a change of one coordinate is the worst one. The loss of a single coordinate
/// is exact; several are dominated by randomized response. Discrete noise has more mass at its largest loss than continuous noise, which
/// is why these formulas do not hold for it. Source of the divergence: Mironov, "Renyi Differential Privacy", CSF 2017, proposition 6.
/// </remarks>
public sealed class LaplaceRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="noiseMultiplier">The scale b divided by the 1-norm sensitivity, positive.</param>
    /// <param name="dimension">The number of coordinates, positive.</param>
    /// <param name="distance">The statistical distance of the noise from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public LaplaceRelease(double noiseMultiplier, long dimension, double distance = 0)
        : base(distance)
    {
        Throw.IfNoiseOutOfRange(noiseMultiplier);
        Throw.IfNotPositive(dimension, PrivacyError.WrongLength, "The number of coordinates");
        NoiseMultiplier = noiseMultiplier;
        Dimension = dimension;
    }

    /// <inheritdoc/>
    public override string Name => "Laplace noise";

    /// <summary>The scale b divided by the 1-norm sensitivity.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>The number of coordinates.</summary>
    public long Dimension { get; }

    /// <inheritdoc/>
    public override double? Concentration => PureRelease.ConcentrationOf(1 / NoiseMultiplier);

    /// <inheritdoc/>
    internal override PrivacyLoss? Loss => Dimension == 1 ? new LaplaceLoss(NoiseMultiplier) : new RandomizedResponseLoss(1 / NoiseMultiplier);

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order)
    {
        double b = NoiseMultiplier;
        double first = Math.Log(order / ((2 * order) - 1)) + ((order - 1) / b);
        double second = Math.Log((order - 1) / ((2 * order) - 1)) - (order / b);
        return LogMath.Add(first, second) / (order - 1);
    }
}
