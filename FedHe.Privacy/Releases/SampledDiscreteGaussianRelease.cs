using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Releases;

/// <summary>
/// A release with discrete Gaussian noise on a Poisson sample, as the samplers of this library draw it: integers in, integers out.
/// </summary>
/// <remarks>
/// At integer orders the moments are exactly those of continuous noise, since shifts by integers leave the sum over all integers as it is.
/// Between them they are not, and the logarithm of the moment, a convex function of the order, is bounded by its chord. Losses of discrete noise are
/// not dominated by continuous ones, so there is no privacy loss distribution. Units are added or removed, not replaced. Source of the
/// moments: Mironov, Talwar and Zhang, arXiv 1908.10530, section 3.3.
/// </remarks>
public sealed class SampledDiscreteGaussianRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="noiseMultiplier">The parameter sigma divided by the 2-norm sensitivity in units of the grid, positive.</param>
    /// <param name="probability">The probability with which each unit is in the sample, strictly between 0 and 1.</param>
    /// <param name="secrecy">Against whom the sample is secret.</param>
    /// <param name="distance">The statistical distance of the noise from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range, or the statement is missing.</exception>
    public SampledDiscreteGaussianRelease(double noiseMultiplier, double probability, SamplingSecrecy secrecy, double distance)
        : base(distance)
    {
        Throw.IfNoiseOutOfRange(noiseMultiplier);
        Throw.IfProbabilityOutOfRange(probability);
        NoiseMultiplier = noiseMultiplier;
        Probability = probability;
        Secrecy = secrecy ?? throw Throw.StatementMissing();
    }

    /// <inheritdoc/>
    public override string Name => "discrete Gaussian noise on a Poisson sample";

    /// <summary>The parameter sigma divided by the 2-norm sensitivity.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>The probability with which each unit is in the sample.</summary>
    public double Probability { get; }

    /// <summary>Against whom the sample is secret.</summary>
    public SamplingSecrecy Secrecy { get; }

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order)
        => SampledGaussianSeries.DivergenceOfIntegers(NoiseMultiplier, Probability, order);
}
