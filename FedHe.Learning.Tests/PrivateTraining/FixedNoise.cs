using FedHe.Learning.Noise;

namespace FedHe.Learning.Tests.PrivateTraining;

/// <summary>A noise that adds the same number of units to every value and counts its calls.</summary>
internal sealed class FixedNoise(long units, double multiplier = 1) : IGradientNoise
{
    public int Calls { get; private set; }

    public long ClipUnits { get; private set; }

    public Exception? Failure { get; set; }

    public double NoiseMultiplier { get; set; } = multiplier;

    public void AddTo(Span<long> sum, long clipUnits)
    {
        Calls++;
        ClipUnits = clipUnits;
        if (Failure is not null)
        {
            throw Failure;
        }

        foreach (ref long value in sum)
        {
            value += units;
        }
    }
}
