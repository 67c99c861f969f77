using System.Numerics.Tensors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Rounding;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The mechanism of client-level privacy: clip the difference, round it at random, add a share of the noise.</summary>
internal sealed class ClientPrivacyMechanism(PrivacyTerms terms, IntegerTerms integers, int dimension) : IDifferenceMechanism
{
    private readonly SumReleases _releases = new(terms, integers, dimension);
    private readonly GridRounding _rounding = SumReleases.RoundingOf(terms, integers.Step, dimension);

    public void Privatize(Span<double> difference, Span<long> destination)
    {
        FiniteClip.Apply(difference, terms.Clip);
        long[] noised = SecretMemory.Allocate<long>(destination.Length);
        try
        {
            _rounding.Round(difference, noised);
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
