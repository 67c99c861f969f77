using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Releases;

/// <summary>A release of a vector of integers with discrete Gaussian noise that one party added.</summary>
/// <remarks>
/// Its Renyi divergences and its rho are at most those of continuous noise of the same parameter. Its loss is not dominated by the continuous one,
/// so it has no privacy loss distribution. Source: Canonne, Kamath and Steinke, NeurIPS 2020, theorem 4 and corollary 8.
/// </remarks>
public sealed class DiscreteGaussianRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="noiseMultiplier">The parameter sigma divided by the 2-norm sensitivity in units of the grid, positive.</param>
    /// <param name="distance">The statistical distance of the noise from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public DiscreteGaussianRelease(double noiseMultiplier, double distance)
        : base(distance)
    {
        Throw.IfNoiseOutOfRange(noiseMultiplier);
        NoiseMultiplier = noiseMultiplier;
    }

    /// <inheritdoc/>
    public override string Name => "discrete Gaussian noise";

    /// <summary>The parameter sigma divided by the 2-norm sensitivity.</summary>
    public double NoiseMultiplier { get; }

    /// <inheritdoc/>
    public override double? Concentration => 1 / (2 * NoiseMultiplier * NoiseMultiplier);

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order) => order / (2 * NoiseMultiplier * NoiseMultiplier);
}
