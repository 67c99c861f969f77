using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.Random;

/// <summary>
/// A secret sampler draws small secret polynomials and Gaussian noise, and zeroes the random bytes behind them.
/// </summary>
internal sealed class SecretSampler(RandomSource random)
{
    // A call to a source costs as much as many bytes, so batches are large: 32 KiB of stack at most.
    private const int SamplesPerBatch = 4096;

    /// <summary>Draws a centered binomial error of standard deviation 3.24 for each coefficient.</summary>
    [SkipLocalsInit]
    public void Error(Span<sbyte> destination)
    {
        Span<byte> bytes = stackalloc byte[NoiseKernel.BinomialLength(SamplesPerBatch)];
        for (int start = 0; start < destination.Length; start += SamplesPerBatch)
        {
            Span<sbyte> batch = destination.Slice(start, Math.Min(SamplesPerBatch, destination.Length - start));
            ReadOnlySpan<byte> source = random.Next(bytes[..NoiseKernel.BinomialLength(batch.Length)]);
            NoiseKernel.Default.CenteredBinomial(source, batch);
            ZeroCopy(source, bytes);
        }
    }

    /// <summary>Draws a uniform number of -1, 0 and 1 for each coefficient.</summary>
    [SkipLocalsInit]
    public void Ternary(Span<sbyte> destination)
    {
        Span<byte> bytes = stackalloc byte[SamplesPerBatch * NoiseKernel.TernaryBytes];
        for (int start = 0; start < destination.Length; start += SamplesPerBatch)
        {
            Span<sbyte> batch = destination.Slice(start, Math.Min(SamplesPerBatch, destination.Length - start));
            ReadOnlySpan<byte> source = random.Next(bytes[..(batch.Length * NoiseKernel.TernaryBytes)]);
            NoiseKernel.Default.Ternary(source, batch);
            ZeroCopy(source, bytes);
        }
    }

    /// <summary>Adds independent Gaussian noise of the given standard deviation to every value.</summary>
    /// <remarks>
    /// The method is Box-Muller on uniform numbers of 53 bits. The noise hides scheme noise below it by a statistical
    /// margin; the result is rounded to a far coarser grid afterwards, so the finite precision of the sampler is never
    /// visible.
    /// </remarks>
    [SkipLocalsInit]
    public void AddGaussian(Span<double> values, double standardDeviation)
    {
        Span<byte> bytes = stackalloc byte[SamplesPerBatch * sizeof(ulong)];
        for (int start = 0; start < values.Length; start += SamplesPerBatch)
        {
            Span<double> batch = values.Slice(start, Math.Min(SamplesPerBatch, values.Length - start));
            ReadOnlySpan<byte> source = random.Next(bytes[..((batch.Length + (batch.Length % 2)) * sizeof(ulong))]);
            for (int i = 0; i < batch.Length; i += 2)
            {
                ReadOnlySpan<byte> pair = source[(i * sizeof(ulong))..];
                double radius = standardDeviation * Math.Sqrt(-2 * Math.Log(Uniform(pair)));
                (double sine, double cosine) = Math.SinCos(2 * Math.PI * Uniform(pair[sizeof(ulong)..]));
                batch[i] += radius * cosine;
                if (i + 1 < batch.Length)
                {
                    batch[i + 1] += radius * sine;
                }
            }

            ZeroCopy(source, bytes);
        }
    }

    /// <summary>Zeroes random bytes in the scratch memory, unless they are in memory of their source, which zeroes it itself.</summary>
    private static void ZeroCopy(ReadOnlySpan<byte> source, Span<byte> scratch)
    {
        if (scratch.Overlaps(source))
        {
            CryptographicOperations.ZeroMemory(scratch[..source.Length]);
        }
    }

    /// <summary>Converts 8 random bytes to a uniform number in (0, 1].</summary>
    private static double Uniform(ReadOnlySpan<byte> bytes)
        => ((System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> 11) + 1) * (1.0 / (1UL << 53));
}
