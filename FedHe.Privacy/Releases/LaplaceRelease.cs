using FedHe.Privacy.Errors;
using FedHe.Privacy.Losses;
using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Releases;

/// <summary>A release of a vector with Laplace noise, continuous or discrete.</summary>
/// <remarks>
/// Discrete noise is continuous noise of the same scale in the sense that matters: its epsilon is sensitivity / scale, and its loss at
/// integers is dominated. Source of the divergence: Mironov, "Renyi Differential Privacy", CSF 2017, proposition 6.
/// </remarks>
public sealed class LaplaceRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="noiseMultiplier">The scale b divided by the 1-norm sensitivity, positive.</param>
    /// <param name="distance">The statistical distance of the noise from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public LaplaceRelease(double noiseMultiplier, double distance = 0)
        : base(distance)
    {
        Throw.IfNoiseOutOfRange(noiseMultiplier);
        NoiseMultiplier = noiseMultiplier;
    }

    /// <inheritdoc/>
    public override string Name => "Laplace noise";

    /// <summary>The scale b divided by the 1-norm sensitivity.</summary>
    public double NoiseMultiplier { get; }

    /// <inheritdoc/>
    public override double? Concentration => PureRelease.ConcentrationOf(1 / NoiseMultiplier);

    /// <inheritdoc/>
    internal override PrivacyLoss? Loss => new LaplaceLoss(NoiseMultiplier);

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order)
    {
        double b = NoiseMultiplier;
        double first = Math.Log(order / ((2 * order) - 1)) + ((order - 1) / b);
        double second = Math.Log((order - 1) / ((2 * order) - 1)) - (order / b);
        return LogMath.Add(first, second) / (order - 1);
    }
}
