using FedHe.Orchestration.Job;
using FedHe.Privacy.Sampling;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The sampler of local training, whose distance is charged wherever its noise is added.</summary>
internal static class LocalSampler
{
    public static DiscreteGaussianSampler Of(PrivacyTerms terms)
    {
        // Never below the promised deviation by rounding.
        return DiscreteGaussianSampler.Create(Math.BitIncrement(terms.Variance));
    }
}
