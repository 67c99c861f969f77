using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Releases;

/// <summary>A release of a whole sequence of sums whose Gaussian noise is correlated over the rounds.</summary>
/// <remarks>
/// The sequence is one Gaussian mechanism whose sensitivity is that of the whole participation of one unit, which the matrix mechanism
/// computes. Source: Denisov, McMahan, Rush, Smith and Thakurta, "Improved Differential Privacy for SGD via Optimal Private Linear Operators on
/// Adaptive Streams", NeurIPS 2022, theorem 2.1, which holds for Gaussian noise and adaptive inputs.
/// </remarks>
public sealed class MatrixRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="noiseMultiplier">The standard deviation divided by the sensitivity of the whole sequence, positive.</param>
    /// <param name="distance">The statistical distance of all noise from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public MatrixRelease(double noiseMultiplier, double distance)
        : base(distance)
    {
        Throw.IfNoiseOutOfRange(noiseMultiplier);
        NoiseMultiplier = noiseMultiplier;
    }

    /// <inheritdoc/>
    public override string Name => "correlated Gaussian noise";

    /// <summary>The standard deviation divided by the sensitivity of the whole sequence.</summary>
    public double NoiseMultiplier { get; }

    /// <inheritdoc/>
    public override double? Concentration => 1 / (2 * NoiseMultiplier * NoiseMultiplier);

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order) => order / (2 * NoiseMultiplier * NoiseMultiplier);
}
