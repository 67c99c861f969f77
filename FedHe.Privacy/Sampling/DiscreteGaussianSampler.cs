using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Sampling;

/// <summary>
/// A discrete Gaussian sampler draws the integer k with a probability proportional to exp(-k^2 / 2 sigma^2).
/// </summary>
/// <remarks>
/// The distribution has a variance of sigma^2 up to a relative 6e-7 at sigma = 1, and closer above it. It is drawn as a sum of up to nine
/// small discrete Gaussians. Source of the mechanism: Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy",
/// NeurIPS 2020.
/// </remarks>
public sealed class DiscreteGaussianSampler : NoiseSampler
{
    private DiscreteGaussianSampler(double variance, IReadOnlyList<NoiseLayer> layers)
        : base(variance, layers, DiscreteGaussianLayers.DistanceOf(layers))
    {
    }

    /// <summary>Makes a sampler; its tables are computed once.</summary>
    /// <param name="variance">The parameter sigma^2, in squared units of the grid, between 1 and 2^40.</param>
    /// <returns>The sampler.</returns>
    /// <exception cref="PrivacyException">The variance is out of range.</exception>
    public static DiscreteGaussianSampler Create(double variance)
    {
        RequireDeviation(Math.Sqrt(variance));
        return new DiscreteGaussianSampler(variance, DiscreteGaussianLayers.Plan(variance));
    }
}
