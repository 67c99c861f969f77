using System.Numerics.Tensors;
using FedHe.Learning.Noise;

namespace FedHe.Learning.PerSample;

/// <summary>
/// A clipped sum is the exact sum of clipped per-sample gradients, in whole units of a grid. It protects nobody before noise is
/// added to it.
/// </summary>
/// <remarks>
/// One sample's contribution has a Euclidean norm of at most 2^<see cref="LogClipUnits"/> units, and taking the sample away
/// changes the sum by that contribution exactly: contributions depend neither on other samples nor on the number of threads, and
/// whole numbers are added without rounding. So the sensitivity to adding or removing one sample is the clip norm, and to
/// replacing one it is twice the clip norm.
/// </remarks>
public sealed class ClippedSum
{
    private readonly long[] _units;
    private bool _isReleased;

    internal ClippedSum(long[] units, GradientClipping clipping, long? clippedCount)
    {
        _units = units;
        ClipNorm = clipping.ClipNorm;
        LogClipUnits = clipping.LogClipUnits;
        ClippedCount = clippedCount;
    }

    /// <summary>The sum in grid units, one whole number for each parameter in the order of the model's layout.</summary>
    public ReadOnlySpan<long> Units => _units;

    /// <summary>The largest norm of one sample's contribution, in units of the gradient.</summary>
    public double ClipNorm { get; }

    /// <summary>The base-2 logarithm of the number of grid units in the clip norm.</summary>
    public int LogClipUnits { get; }

    /// <summary>The size of a grid unit, in units of the gradient.</summary>
    public double UnitSize => Math.ScaleB(ClipNorm, -LogClipUnits);

    /// <summary>The number of samples whose gradients were shortened, or null unless the clipping asked to count them. The count
    /// depends on the samples, and no noise of the sum covers it.</summary>
    public long? ClippedCount { get; }

    /// <summary>Adds noise to the sum, once: the average of several releases of one sum would have less noise than each of
    /// them.</summary>
    /// <param name="noise">The noise of one release.</param>
    /// <returns>The sum with noise. This object has the same values afterwards, and no longer the sum.</returns>
    /// <exception cref="InvalidOperationException">The sum was released before.</exception>
    public NoisyGradient Release(IGradientNoise noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        if (_isReleased)
        {
            throw new InvalidOperationException("A clipped sum is released once, because every release spends privacy. Compute another sum.");
        }

        // A release that fails may have drawn noise, and is not tried again with other noise.
        _isReleased = true;
        noise.AddTo(_units, 1L << LogClipUnits);
        return new NoisyGradient(_units, this, noise.NoiseMultiplier);
    }

    /// <summary>Converts the sum to single precision without adding noise.</summary>
    /// <param name="divisor">A positive number that the sum is divided by.</param>
    /// <returns>One value for each parameter, rounded to nearest.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is not positive and finite.</exception>
    public float[] ToSingles(double divisor = 1) => ToSingles(_units, UnitSize, divisor);

    internal static float[] ToSingles(ReadOnlySpan<long> units, double unitSize, double divisor)
    {
        float[] values = new float[units.Length];
        ToSingles(units, unitSize, divisor, values);
        return values;
    }

    internal static void ToSingles(ReadOnlySpan<long> units, double unitSize, double divisor, Span<float> values)
    {
        if (!(divisor > 0 && double.IsFinite(divisor)))
        {
            throw new ArgumentOutOfRangeException(nameof(divisor), "The divisor must be positive and finite.");
        }

        double factor = unitSize / divisor;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(units[i] * factor);
        }
    }

    internal static long[] ToUnits(ReadOnlySpan<double> sums)
    {
        long[] units = new long[sums.Length];
        TensorPrimitives.ConvertTruncating<double, long>(sums, units);
        return units;
    }
}
