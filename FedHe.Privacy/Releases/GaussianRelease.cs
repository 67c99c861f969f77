using FedHe.Privacy.Errors;
using FedHe.Privacy.Losses;

namespace FedHe.Privacy.Releases;

/// <summary>A release of a vector with continuous Gaussian noise.</summary>
/// <remarks>Source: Mironov, "Renyi Differential Privacy", CSF 2017, proposition 7; Bun and Steinke, TCC 2016.</remarks>
public sealed class GaussianRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="noiseMultiplier">The standard deviation divided by the 2-norm sensitivity, positive.</param>
    /// <param name="distance">The statistical distance of the noise from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public GaussianRelease(double noiseMultiplier, double distance = 0)
        : base(distance)
    {
        Throw.IfNoiseOutOfRange(noiseMultiplier);
        NoiseMultiplier = noiseMultiplier;
    }

    /// <inheritdoc/>
    public override string Name => "Gaussian noise";

    /// <summary>The standard deviation divided by the 2-norm sensitivity.</summary>
    public double NoiseMultiplier { get; }

    /// <inheritdoc/>
    public override double? Concentration => 1 / (2 * NoiseMultiplier * NoiseMultiplier);

    /// <inheritdoc/>
    internal override PrivacyLoss? Loss => new GaussianLoss(NoiseMultiplier);

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order) => order / (2 * NoiseMultiplier * NoiseMultiplier);
}
