using FedHe.Crypto.Kernels.Memory;
using FedHe.Learning.Noise;
using FedHe.Privacy.Sampling;

namespace HospitalFedAvg.Privacy;

/// <summary>Discrete Gaussian noise of one party, drawn in constant time, covers a clipped sum of gradients.</summary>
/// <remarks>The noise has one grid: sums on another one are refused, since their noise would not be the one accounted for.</remarks>
internal sealed class DiscreteGaussianNoise : IGradientNoise
{
    private readonly DiscreteGaussianSampler _sampler;
    private readonly long _clipUnits;

    /// <summary>Makes noise of a multiplier for sums on a grid.</summary>
    /// <param name="noiseMultiplier">The standard deviation over the clip norm.</param>
    /// <param name="logClipUnits">The base-2 logarithm of the units of a clip norm.</param>
    public DiscreteGaussianNoise(double noiseMultiplier, int logClipUnits)
    {
        _clipUnits = 1L << logClipUnits;
        NoiseMultiplier = noiseMultiplier;

        // Never below the promised deviation by rounding.
        _sampler = DiscreteGaussianSampler.Create(Math.BitIncrement(Math.Pow(noiseMultiplier * _clipUnits, 2)));
    }

    public double NoiseMultiplier { get; }

    /// <summary>The statistical distance of the noise of one value from its distribution.</summary>
    public double StatisticalDistance => _sampler.StatisticalDistance;

    public void AddTo(Span<long> sum, long clipUnits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(clipUnits, _clipUnits);
        long[] values = SecretMemory.Allocate<long>(sum.Length);
        try
        {
            sum.CopyTo(values);
            _sampler.AddTo(values, Environment.ProcessorCount);
            values.CopyTo(sum);
        }
        finally
        {
            SecretMemory.Zero<long>(values);
        }
    }
}
