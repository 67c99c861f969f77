namespace FedHe.Learning.Noise;

/// <summary>No gradient noise leaves a sum as it is: for training without differential privacy, for audits of what noise is for,
/// and for parties whose noise is added elsewhere.</summary>
public sealed class NoGradientNoise : IGradientNoise
{
    private NoGradientNoise()
    {
    }

    /// <summary>The one instance.</summary>
    public static NoGradientNoise Instance { get; } = new();

    /// <summary>The noise multiplier 0, for which no epsilon holds.</summary>
    public double NoiseMultiplier => 0;

    /// <inheritdoc/>
    public void AddTo(Span<long> sum, long clipUnits)
    {
    }
}
