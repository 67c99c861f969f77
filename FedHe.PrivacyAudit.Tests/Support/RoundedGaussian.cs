using FedHe.Learning.Noise;
using FedHe.Learning.Randomness;

namespace FedHe.PrivacyAudit.Tests.Support;

/// <summary>Seeded Gaussian noise, rounded: good enough to audit, and for nothing else.</summary>
internal sealed class RoundedGaussian(double multiplier, int seed) : IGradientNoise
{
    private readonly SeededRandom _random = new(seed);

    public double NoiseMultiplier => multiplier;

    public void AddTo(Span<long> sum, long clipUnits)
    {
        foreach (ref long value in sum)
        {
            value += (long)Math.Round(multiplier * clipUnits * _random.NextGaussian());
        }
    }
}
