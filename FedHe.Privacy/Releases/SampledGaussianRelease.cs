using FedHe.Privacy.Errors;
using FedHe.Privacy.Losses;

namespace FedHe.Privacy.Releases;

/// <summary>
/// A release with continuous Gaussian noise on a sample in which every unit is independently with the same probability, and nobody whom the
/// statement names learns which units are.
/// </summary>
/// <remarks>
/// Noise of the samplers of this library is described by <see cref="SampledDiscreteGaussianRelease"/>: its divergences of fractional orders and its losses
/// can be larger.
/// Units are added or removed, not replaced. Source: Mironov, Talwar and Zhang, "Renyi Differential Privacy of the Sampled Gaussian
/// Mechanism", arXiv 1908.10530.
/// </remarks>
public sealed class SampledGaussianRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="noiseMultiplier">The standard deviation divided by the 2-norm sensitivity, positive.</param>
    /// <param name="probability">The probability with which each unit is in the sample, strictly between 0 and 1.</param>
    /// <param name="secrecy">Against whom the sample is secret.</param>
    /// <param name="distance">The statistical distance of the noise from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range, or the statement is missing.</exception>
    public SampledGaussianRelease(double noiseMultiplier, double probability, SamplingSecrecy secrecy, double distance = 0)
        : base(distance)
    {
        Throw.IfNoiseOutOfRange(noiseMultiplier);
        Throw.IfProbabilityOutOfRange(probability);
        NoiseMultiplier = noiseMultiplier;
        Probability = probability;
        Secrecy = secrecy ?? throw Throw.StatementMissing();
    }

    /// <inheritdoc/>
    public override string Name => "Gaussian noise on a Poisson sample";

    /// <summary>The standard deviation divided by the 2-norm sensitivity.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>The probability with which each unit is in the sample.</summary>
    public double Probability { get; }

    /// <summary>Against whom the sample is secret.</summary>
    public SamplingSecrecy Secrecy { get; }

    /// <inheritdoc/>
    internal override PrivacyLoss? Loss => new SampledGaussianLoss(NoiseMultiplier, Probability);

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order)
        => SampledGaussianSeries.Divergence(NoiseMultiplier, Probability, order);
}
