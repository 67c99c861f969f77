using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Sampling;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>Count noise hides one record more or less in a client's number of records.</summary>
internal sealed class CountNoise
{
    private readonly DiscreteGaussianSampler _sampler;

    public CountNoise(NoisedCountTerms terms)
    {
        // Never below the promised deviation by rounding.
        _sampler = DiscreteGaussianSampler.Create(Math.BitIncrement(terms.Variance));
        Release = new DiscreteGaussianRelease(Math.Sqrt(terms.Variance), _sampler.StatisticalDistance);
    }

    /// <summary>The release of one count.</summary>
    public PrivacyRelease Release { get; }

    /// <summary>Adds noise to a count, anew at each call.</summary>
    public long AddNoise(long count)
    {
        long[] value = SecretMemory.Allocate<long>(1);
        try
        {
            value[0] = count;
            _sampler.AddTo(value);
            return value[0];
        }
        finally
        {
            SecretMemory.Zero<long>(value);
        }
    }
}
