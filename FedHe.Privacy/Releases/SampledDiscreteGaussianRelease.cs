using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Releases;

/// <summary>
/// A release of a vector of integers with discrete Gaussian noise of one party, on a sample in which every unit is independently with the same
/// probability, and nobody whom the statement names learns which units are.
/// </summary>
/// <remarks>
/// Units are added or removed, not replaced. At an integer order k the moment of the likelihood ratio of two discrete Gaussians, one of them moved by an
/// integer vector, is exactly that of continuous ones: completing the square moves the grid by k times that vector, hence to itself. So the
/// binomial sum of the continuous mechanism holds at integer orders, and between them the next larger one is taken, since divergences grow with the order.
/// The reflection that exchanges both distributions maps the grid to itself, so that the mixture measured against the noise alone is the worse
/// direction. There is no privacy loss distribution. Source of the continuous mechanism: Mironov, Talwar and Zhang, arXiv 1908.10530, theorems 4 and 5 and section 3.3.
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
        => SampledGaussianSeries.Divergence(NoiseMultiplier, Probability, Math.Ceiling(order));
}
