using System.Numerics;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Kernels;

namespace FedHe.Privacy.Rounding;

/// <summary>
/// A randomized rotation spreads a vector evenly over its coordinates, so that few bits a coordinate suffice. All parties rotate by the same
/// public seed, and rotate the sum back.
/// </summary>
/// <remarks>
/// Coordinates get random signs, and the Walsh-Hadamard transform, divided by the square root of its length, mixes them. The 2-norm stays; a
/// coordinate exceeds t with a probability of at most 2 exp(-t^2 n / 2 norm^2). The seed must not be known before the vector is fixed by anybody who
/// could choose the vector by it. Source: Kairouz, Liu and Steinke, ICML 2021, section 4.
/// </remarks>
public sealed class RandomizedRotation
{
    /// <summary>The length of the public seed, in bytes.</summary>
    public const int SeedLength = WordStream.SeedLength;

    /// <summary>The largest number of coordinates.</summary>
    public const int LargestDimension = 1 << 30;

    private readonly byte[] _seed;

    /// <summary>Makes the rotation of a seed.</summary>
    /// <param name="publicSeed">The public seed of 32 bytes, such as that of a round.</param>
    /// <param name="dimension">The number of coordinates, between 1 and 2^30.</param>
    /// <exception cref="PrivacyException">The dimension is out of range.</exception>
    /// <exception cref="ArgumentException">The seed has another length.</exception>
    public RandomizedRotation(ReadOnlySpan<byte> publicSeed, int dimension)
    {
        if (publicSeed.Length != SeedLength)
        {
            throw Throw.WrongSeed(nameof(publicSeed));
        }

        if (dimension is < 1 or > LargestDimension)
        {
            throw Throw.WrongLength("A rotation has between 1 and 2^30 coordinates. Rotate longer vectors in parts.");
        }

        _seed = publicSeed.ToArray();
        Dimension = dimension;
        RotatedDimension = (int)BitOperations.RoundUpToPowerOf2((uint)dimension);
    }

    /// <summary>The number of coordinates before the rotation.</summary>
    public int Dimension { get; }

    /// <summary>The number of coordinates after it: the next power of two.</summary>
    public int RotatedDimension { get; }

    /// <summary>Rotates a vector.</summary>
    /// <param name="values">The vector.</param>
    /// <returns>The rotated vector, whose 2-norm is the same up to rounding errors. Clip again where the norm must hold exactly.</returns>
    /// <exception cref="PrivacyException">The length differs.</exception>
    public double[] Rotate(ReadOnlySpan<double> values)
    {
        var rotated = new double[RotatedDimension];
        Rotate(values, rotated);
        return rotated;
    }

    /// <summary>Rotates a vector into memory of the caller's.</summary>
    /// <param name="values">The vector.</param>
    /// <param name="rotated">Receives the rotated vector, whose 2-norm is the same up to rounding errors.</param>
    /// <exception cref="PrivacyException">A length differs.</exception>
    public void Rotate(ReadOnlySpan<double> values, Span<double> rotated)
    {
        RequireLength(values.Length, Dimension);
        RequireLength(rotated.Length, RotatedDimension);
        values.CopyTo(rotated);
        rotated[Dimension..].Clear();
        Sign(rotated);
        Transform(rotated);
    }

    /// <summary>Rotates a vector back.</summary>
    /// <param name="rotated">The rotated vector, or a sum of such vectors.</param>
    /// <returns>The vector.</returns>
    /// <exception cref="PrivacyException">The length differs.</exception>
    public double[] RotateBack(ReadOnlySpan<double> rotated)
    {
        double[] values = rotated.ToArray();
        RotateBackInPlace(values);
        return values[..Dimension];
    }

    /// <summary>Rotates a vector back where it lies.</summary>
    /// <param name="rotated">
    /// The rotated vector, or a sum of such vectors, of which the first <see cref="Dimension"/> values are the vector afterwards.
    /// </param>
    /// <exception cref="PrivacyException">The length differs.</exception>
    /// <remarks>
    /// Equal vectors give equal bits on every machine: additions, subtractions and one product a value are made in one order, each rounded by itself.
    /// </remarks>
    public void RotateBackInPlace(Span<double> rotated)
    {
        RequireLength(rotated.Length, RotatedDimension);
        Transform(rotated);
        Sign(rotated);
    }

    private static void RequireLength(int actual, int expected)
    {
        if (actual != expected)
        {
            throw Throw.WrongLength("The vector must have the number of coordinates of the rotation.");
        }
    }

    private static void Transform(Span<double> values)
    {
        for (int half = 1; half < values.Length; half *= 2)
        {
            for (int start = 0; start < values.Length; start += 2 * half)
            {
                Span<double> low = values.Slice(start, half);
                Span<double> high = values.Slice(start + half, half);
                for (int i = 0; i < low.Length; i++)
                {
                    (low[i], high[i]) = (low[i] + high[i], low[i] - high[i]);
                }
            }
        }

        double scale = 1 / Math.Sqrt(values.Length);
        System.Numerics.Tensors.TensorPrimitives.Multiply(values, scale, values);
    }

    private void Sign(Span<double> values)
    {
        const int Batch = 1024;
        using var words = new WordStream(_seed, item: 0);
        Span<ulong> random = stackalloc ulong[Batch / 64];
        for (int start = 0; start < values.Length; start += Batch)
        {
            words.Fill(random);
            Span<double> batch = values.Slice(start, Math.Min(Batch, values.Length - start));
            for (int i = 0; i < batch.Length; i++)
            {
                ulong sign = (random[i / 64] >> (i % 64)) << 63;
                batch[i] = BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(batch[i]) ^ sign);
            }
        }
    }
}
