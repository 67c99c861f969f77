using System.Numerics.Tensors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The mechanism of distributed gradients whose noise is correlated over rounds.</summary>
internal sealed class CorrelatedGradientMechanism(CorrelatedReleases releases, long bound) : CorrelatedMechanism(releases, bound), IGradientMechanism
{
    private readonly long _largest = releases.Largest;

    public static CorrelatedGradientMechanism Of(PrivacyTerms terms, IntegerTerms integers, int dimension)
        => new(new CorrelatedReleases(terms, integers, dimension), integers.Bound);

    public void AddNoise(ReadOnlySpan<long> sum, Span<long> destination)
    {
        long[] values = SecretMemory.Allocate<long>(sum.Length);

        // Moving both sums of two neighbors into one range brings them no farther apart.
        TensorPrimitives.Clamp(sum, -_largest, _largest, values);
        AddRow(values, destination);
    }
}
