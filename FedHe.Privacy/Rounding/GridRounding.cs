using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Kernels;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Rounding;

/// <summary>
/// A grid rounding rounds a clipped vector at random to integers, without bias, again and again until the result keeps a bound of its norm. That bound
/// is the sensitivity of everything that follows.
/// </summary>
/// <remarks>
/// <para>
/// With clip c and step s, k = c / s and d coordinates, the squared 2-norm after rounding is at most
/// min((k + sqrt(d))^2, k^2 + d / 4 + sqrt(2 ln(1 / beta)) (k + sqrt(d) / 2)) with a probability of at least 1 - beta; the first bound always
/// holds. A result beyond the bound is dropped, and the vector rounded anew. The norm is compared in integers, exactly. How often that
/// happens tells a little of the vector to whoever measures the party's own running time.
/// </para>
/// Source: Kairouz, Liu and Steinke, ICML 2021, theorem 1 and algorithm 1.
/// </remarks>
public sealed class GridRounding
{
    private const int LargestTries = 10_000;
    private const int ValuesPerBatch = 1024;
    private const double LargestMultiple = 1L << 40;

    private readonly UInt128 _largestSquare;

    private GridRounding(double clip, double step, int dimension, double retryProbability, double largestSquare)
    {
        ClipBound = clip;
        Step = step;
        Dimension = dimension;
        RetryProbability = retryProbability;
        _largestSquare = (UInt128)largestSquare;

        // The integer below, as exactly as the norm was compared with it.
        Sensitivity = GridSensitivity.OfIntegers(Math.BitIncrement(Math.Sqrt((double)_largestSquare)), dimension);
    }

    /// <summary>The largest 2-norm of vectors before rounding.</summary>
    public double ClipBound { get; }

    /// <summary>The distance of two points of the grid, in units of the values.</summary>
    public double Step { get; }

    /// <summary>The number of coordinates.</summary>
    public int Dimension { get; }

    /// <summary>The largest probability that a rounding is dropped, beta.</summary>
    public double RetryProbability { get; }

    /// <summary>The sensitivity of a sum of rounded vectors to one of them, in units of the grid.</summary>
    public GridSensitivity Sensitivity { get; }

    /// <summary>Plans a rounding.</summary>
    /// <param name="clip">The largest 2-norm of vectors before rounding, positive.</param>
    /// <param name="step">The distance of two points of the grid, positive.</param>
    /// <param name="dimension">The number of coordinates, positive.</param>
    /// <param name="retryProbability">The largest probability that a rounding is dropped, in [0, 1); exp(-1/2) is usual. With 0 none is.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="PrivacyException">A number is out of range, or the step too small for the clip.</exception>
    public static GridRounding Create(double clip, double step, int dimension, double retryProbability)
    {
        Throw.IfClipOutOfRange(clip);
        Throw.IfNoiseOutOfRange(step);
        Throw.IfNotPositive(dimension, PrivacyError.WrongLength, "The number of coordinates");
        if (!(retryProbability is >= 0 and < 1))
        {
            throw Throw.RetryProbabilityOutOfRange();
        }

        double k = clip / step;
        if (!(k <= LargestMultiple))
        {
            throw Throw.StepTooSmall();
        }

        double always = (k + Math.Sqrt(dimension)) * (k + Math.Sqrt(dimension));
        double mostly = retryProbability == 0
            ? double.PositiveInfinity
            : (k * k) + (dimension / 4.0) + (Math.Sqrt(2 * Math.Log(1 / retryProbability)) * (k + (Math.Sqrt(dimension) / 2)));
        return new GridRounding(clip, step, dimension, retryProbability, Math.Ceiling(Math.Min(always, mostly)));
    }

    /// <summary>Rounds a clipped vector.</summary>
    /// <param name="values">The vector, whose 2-norm keeps the clip.</param>
    /// <param name="destination">Receives one integer each, in units of the grid, still without noise.</param>
    /// <exception cref="PrivacyException">The length differs, a value is not finite, or the vector is longer than the clip.</exception>
    /// <exception cref="Crypto.Errors.HeRandomnessException">The operating system gives no random bytes.</exception>
    public void Round(ReadOnlySpan<double> values, Span<long> destination)
    {
        if (values.Length != Dimension || destination.Length != Dimension)
        {
            throw Throw.WrongLength("The vector and its destination must have the number of coordinates that was planned.");
        }

        double norm = Clipping.Norms.Two(values);
        if (!double.IsFinite(norm))
        {
            throw Throw.NotFinite();
        }

        if (norm > ClipBound)
        {
            throw Throw.NotClipped();
        }

        for (int tries = 0; tries < LargestTries; tries++)
        {
            if (TryRound(values, destination))
            {
                return;
            }
        }

        // Less likely than any other failure: beta to the power of the tries.
        destination.Clear();
        throw Throw.NotClipped();
    }

    private bool TryRound(ReadOnlySpan<double> values, Span<long> destination)
    {
        Span<byte> seed = stackalloc byte[WordStream.SeedLength];
        HedgedRandom.Fill(seed);
        ulong[] random = SecretMemory.Allocate<ulong>(ValuesPerBatch);
        using var words = new WordStream(seed, item: 0);
        SecretMemory.Zero(seed);
        UInt128 square = 0;
        for (int start = 0; start < values.Length; start += ValuesPerBatch)
        {
            int count = Math.Min(ValuesPerBatch, values.Length - start);
            words.Fill(random.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                double scaled = values[start + i] / Step;
                double floor = Math.Floor(scaled);

                // The fraction is exact as a double, and as 53 bits of a random word.
                long up = (random[i] >> 11) * (1.0 / (1L << 53)) < scaled - floor ? 1 : 0;
                long rounded = (long)floor + up;
                destination[start + i] = rounded;
                ulong magnitude = (ulong)Math.Abs(rounded);
                square += (UInt128)magnitude * magnitude;
            }
        }

        SecretMemory.Zero<ulong>(random);
        return square <= _largestSquare;
    }
}
