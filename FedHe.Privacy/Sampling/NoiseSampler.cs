using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Kernels;

namespace FedHe.Privacy.Sampling;

/// <summary>
/// A noise sampler draws independent integers from one symmetric distribution around zero, in constant time and without
/// floating-point numbers. Samplers are thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Every sample takes the same random words, instructions and memory accesses, so that the running time tells nothing about it. The
/// distribution that is drawn is within <see cref="StatisticalDistance"/> of the named one, which accountants charge to delta.
/// </para>
/// <para>
/// Each call draws a key of AES-256 from <see cref="HedgedRandom"/>; <see cref="AddTo"/> also hashes the values into it, so that a machine that
/// is resumed twice from one snapshot adds different noise to different values. Noise in memory of the sampler is zeroed.
/// </para>
/// </remarks>
public abstract class NoiseSampler
{
    /// <summary>The smallest standard deviation that samplers draw, in units of the grid.</summary>
    public const double SmallestDeviation = 1;

    /// <summary>The largest standard deviation that samplers draw, in units of the grid.</summary>
    public const double LargestDeviation = 1 << 20;

    // A block of samples has random words of its own, so that threads need not wait for each other.
    private const int SamplesPerBlock = 1 << 16;
    private const int SamplesPerBatch = 768;

    private protected NoiseSampler(double variance, IReadOnlyList<NoiseLayer> layers, double statisticalDistance)
    {
        Variance = variance;
        Layers = layers;
        StatisticalDistance = statisticalDistance;
    }

    /// <summary>The variance of the distribution, in squared units of the grid.</summary>
    public double Variance { get; }

    /// <summary>The standard deviation of the distribution, in units of the grid.</summary>
    public double StandardDeviation => Math.Sqrt(Variance);

    /// <summary>The statistical distance of one sample from the named distribution, below 2^-64. It is a proven bound, and no estimate.</summary>
    public double StatisticalDistance { get; }

    /// <summary>The independent numbers that a sample is computed from.</summary>
    internal IReadOnlyList<NoiseLayer> Layers { get; }

    /// <summary>The random words that every sample takes.</summary>
    internal virtual int WordsPerSample => Layers.Count + 1;

    /// <summary>Draws samples.</summary>
    /// <param name="destination">Receives one sample each. They are secrets of the caller, who zeroes them.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads.</param>
    /// <exception cref="Crypto.Errors.HeRandomnessException">The operating system gives no random bytes.</exception>
    public void Sample(Memory<long> destination, int maxDegreeOfParallelism = 1)
    {
        Span<byte> seed = stackalloc byte[WordStream.SeedLength];
        try
        {
            HedgedRandom.Fill(seed);
            destination.Span.Clear();
            AddSeeded(destination, seed, maxDegreeOfParallelism);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Adds a sample to every value.</summary>
    /// <param name="values">The values, in units of the grid. Sums wrap around as integers of 64 bits do; plan the range so that they do not.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads.</param>
    /// <exception cref="Crypto.Errors.HeRandomnessException">The operating system gives no random bytes; the values are unchanged.</exception>
    public void AddTo(Memory<long> values, int maxDegreeOfParallelism = 1)
    {
        Span<byte> inputs = stackalloc byte[WordStream.SeedLength + PlaintextHasher.DigestLength];
        Span<byte> seed = stackalloc byte[WordStream.SeedLength];
        try
        {
            using var hasher = new PlaintextHasher();
            hasher.Append<long>(values.Span, maxDegreeOfParallelism);
            HedgedRandom.Fill(inputs[..WordStream.SeedLength]);
            hasher.CopyDigestTo(inputs[WordStream.SeedLength..]);
            SHA256.HashData(inputs, seed);
            AddSeeded(values, seed, maxDegreeOfParallelism);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inputs);
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Adds the samples of a seed to values. Equal seeds give equal samples, so only tests and buffers of correlated noise choose one.</summary>
    internal void AddSeeded(Memory<long> values, ReadOnlySpan<byte> seed, int maxDegreeOfParallelism = 1)
    {
        int blocks = (values.Length + SamplesPerBlock - 1) / SamplesPerBlock;
        if (blocks <= 1 || maxDegreeOfParallelism == 1)
        {
            for (int block = 0; block < blocks; block++)
            {
                AddBlock(values, seed, block);
            }

            return;
        }

        byte[] copy = SecretMemory.Allocate<byte>(seed.Length);
        seed.CopyTo(copy);
        try
        {
            Parallel.For(
                0, blocks, new ParallelOptions { MaxDegreeOfParallelism = maxDegreeOfParallelism }, block => AddBlock(values, copy, block));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    /// <summary>Adds the samples that follow in a stream of words to values.</summary>
    internal void AddFrom(WordStream words, Span<long> values)
    {
        ulong[] random = SecretMemory.Allocate<ulong>(2 * SamplesPerBatch);
        long[] sums = SecretMemory.Allocate<long>(SamplesPerBatch);
        try
        {
            for (int start = 0; start < values.Length; start += SamplesPerBatch)
            {
                Span<long> batch = values.Slice(start, Math.Min(SamplesPerBatch, values.Length - start));
                Span<ulong> high = random.AsSpan(0, batch.Length);
                Span<ulong> low = random.AsSpan(SamplesPerBatch, batch.Length);
                words.Fill(low);
                Draw(words, high, low, sums.AsSpan(0, batch.Length));
                for (int i = 0; i < batch.Length; i++)
                {
                    batch[i] = unchecked(batch[i] + sums[i]);
                }
            }
        }
        finally
        {
            SecretMemory.Zero<ulong>(random);
            SecretMemory.Zero<long>(sums);
        }
    }

    /// <summary>Refuses a standard deviation that the sampler cannot draw.</summary>
    internal static void RequireDeviation(double deviation)
    {
        if (!(deviation is >= SmallestDeviation and <= LargestDeviation))
        {
            throw Throw.DeviationOutOfRange(SmallestDeviation, LargestDeviation);
        }
    }

    /// <summary>Draws one batch of samples.</summary>
    /// <param name="words">The source of the high words.</param>
    /// <param name="high">Scratch memory for the high words.</param>
    /// <param name="low">The low words of all layers.</param>
    /// <param name="samples">Receives the samples.</param>
    private protected virtual void Draw(WordStream words, Span<ulong> high, ReadOnlySpan<ulong> low, Span<long> samples)
    {
        samples.Clear();
        foreach (NoiseLayer layer in Layers)
        {
            words.Fill(high);
            ThresholdKernel.Accumulate(high, low, layer.Table.Thresholds, layer.Scale, layer.IsSigned, samples);
        }
    }

    private void AddBlock(Memory<long> values, ReadOnlySpan<byte> seed, int block)
    {
        int start = block * SamplesPerBlock;
        using var words = new WordStream(seed, (ulong)block);
        AddFrom(words, values.Span.Slice(start, Math.Min(SamplesPerBlock, values.Length - start)));
    }
}
