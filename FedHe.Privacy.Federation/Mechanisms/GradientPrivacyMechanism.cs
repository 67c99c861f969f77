using System.Numerics.Tensors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The mechanism of distributed gradients: a share of the noise on the exact sum of clipped gradients.</summary>
internal sealed class GradientPrivacyMechanism(PrivacyTerms terms, IntegerTerms integers, int dimension) : IGradientMechanism
{
    private readonly SumReleases _releases = new(terms, integers, dimension);

    public void AddNoise(ReadOnlySpan<long> sum, Span<long> destination)
    {
        long[] noised = SecretMemory.Allocate<long>(sum.Length);
        try
        {
            TensorPrimitives.Clamp(sum, -_releases.LargestBeforeNoise, _releases.LargestBeforeNoise, noised);
            _releases.Sharing.Sampler.AddTo(noised);

            // Paid for in the distance of each sum.
            TensorPrimitives.Clamp(noised, -integers.Bound, integers.Bound, destination);
        }
        finally
        {
            SecretMemory.Zero<long>(noised);
        }
    }

    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => _releases.EpsilonOf(charges);
}
