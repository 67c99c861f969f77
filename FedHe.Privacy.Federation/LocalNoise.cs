using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Sampling;

namespace FedHe.Privacy.Federation;

/// <summary>Local noise is the whole discrete Gaussian noise of one client in a step of local training, as the terms of a job state it.</summary>
/// <remarks>Its two members are those of <c>IGradientNoise</c> in FedHe.Learning, which a trainer passes them on by.</remarks>
public sealed class LocalNoise
{
    private readonly DiscreteGaussianSampler _sampler;
    private readonly long _clipUnits;

    private LocalNoise(PrivacyTerms terms)
    {
        _clipUnits = 1L << terms.LogClipUnits;
        NoiseMultiplier = terms.NoiseMultiplier;
        _sampler = LocalSampler.Of(terms);
    }

    /// <summary>The standard deviation of the noise of one value over the clip norm, as in the terms.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>The statistical distance of the noise of one value from its distribution.</summary>
    public double StatisticalDistance => _sampler.StatisticalDistance;

    /// <summary>Makes the noise of terms for local training.</summary>
    /// <param name="terms">The terms, such as <see cref="TrainingTask.Privacy"/>.</param>
    /// <exception cref="PrivacyRefusedException">The terms are for another form.</exception>
    /// <exception cref="PrivacyException">The noise is too small or too large for the sampler.</exception>
    public static LocalNoise Of(PrivacyTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return terms.IsNoiseShared ? throw new PrivacyRefusedException(PrivacyRefusal.OtherForm) : new LocalNoise(terms);
    }

    /// <summary>Adds independent noise to every value.</summary>
    /// <param name="sum">The sum of clipped gradients in units of the grid; receives the sum with noise.</param>
    /// <param name="clipUnits">The clip norm in units of the grid.</param>
    /// <param name="degree">The largest number of threads, at least 1.</param>
    /// <exception cref="PrivacyRefusedException">The grid is not the one of the terms, so that the noise would not cover the sum.</exception>
    /// <exception cref="HeRandomnessException">The operating system gives no random bytes.</exception>
    public void AddTo(Span<long> sum, long clipUnits, int degree = 1)
    {
        if (clipUnits != _clipUnits)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.OtherClip);
        }

        long[] values = SecretMemory.Allocate<long>(sum.Length);
        try
        {
            sum.CopyTo(values);
            _sampler.AddTo(values, degree);
            values.CopyTo(sum);
        }
        finally
        {
            SecretMemory.Zero<long>(values);
        }
    }
}
