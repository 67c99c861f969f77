using System.Numerics.Tensors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Clipping;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The mechanism of client-level privacy: clip the difference, round it at random, add a share of the noise.</summary>
internal sealed class ClientPrivacyMechanism(PrivacyTerms terms, IntegerTerms integers, int dimension) : IPrivacyMechanism
{
    private readonly SumReleases _releases = new(terms, integers, dimension);

    public void Privatize(Span<double> difference, Span<long> destination)
    {
        Clip.TwoNorm(difference, terms.Clip);
        long[] noised = SecretMemory.Allocate<long>(destination.Length);
        try
        {
            _releases.Rounding.Round(difference, noised);
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
