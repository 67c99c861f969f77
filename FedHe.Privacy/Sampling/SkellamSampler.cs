using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Sampling;

/// <summary>
/// A Skellam sampler draws the difference of two Poisson variables of equal means. Sums of independent Skellam variables are Skellam
/// variables, which makes the noise divisible among parties.
/// </summary>
/// <remarks>Source of the mechanism: Agarwal, Kairouz and Liu, "The Skellam Mechanism for Differentially Private Federated Learning", NeurIPS 2021.</remarks>
public sealed class SkellamSampler : NoiseSampler
{
    private SkellamSampler(double variance, IReadOnlyList<NoiseLayer> layers)
        : base(variance, layers, SkellamLayers.DistanceOf(layers))
    {
    }

    /// <summary>Makes a sampler; its tables are computed once.</summary>
    /// <param name="variance">The variance, twice the mean of each Poisson variable, in squared units of the grid, between 1 and 2^40.</param>
    /// <returns>The sampler.</returns>
    /// <exception cref="PrivacyException">The variance is out of range.</exception>
    public static SkellamSampler Create(double variance)
    {
        RequireDeviation(Math.Sqrt(variance));
        return new SkellamSampler(variance, SkellamLayers.Plan(variance));
    }
}
