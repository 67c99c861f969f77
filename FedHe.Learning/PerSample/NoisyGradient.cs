namespace FedHe.Learning.PerSample;

/// <summary>A noisy gradient is a clipped sum after noise was added: an update vector, with the terms that an accountant
/// needs.</summary>
public sealed class NoisyGradient
{
    private readonly long[] _units;

    internal NoisyGradient(long[] units, ClippedSum sum, double noiseMultiplier)
    {
        _units = units;
        ClipNorm = sum.ClipNorm;
        LogClipUnits = sum.LogClipUnits;
        NoiseMultiplier = noiseMultiplier;
    }

    /// <summary>The sum with noise in grid units, one whole number for each parameter in the order of the model's layout.</summary>
    public ReadOnlySpan<long> Units => _units;

    /// <summary>The largest norm of one sample's contribution, in units of the gradient.</summary>
    public double ClipNorm { get; }

    /// <summary>The base-2 logarithm of the number of grid units in the clip norm.</summary>
    public int LogClipUnits { get; }

    /// <summary>The size of a grid unit, in units of the gradient.</summary>
    public double UnitSize => Math.ScaleB(ClipNorm, -LogClipUnits);

    /// <summary>The standard deviation of the noise of one value over the clip norm; 0 for none.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>Converts the sum to single precision.</summary>
    /// <param name="divisor">A positive number that the sum is divided by, which must not depend on the samples.</param>
    /// <returns>One value for each parameter, rounded to nearest.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is not positive and finite.</exception>
    public float[] ToSingles(double divisor = 1) => ClippedSum.ToSingles(_units, UnitSize, divisor);
    internal void WriteSingles(double divisor, Span<float> destination)
        => ClippedSum.ToSingles(_units, UnitSize, divisor, destination);
}
