using System.Numerics;
using System.Numerics.Tensors;
using FedHe.Learning.Randomness;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Canaries;

/// <summary>Update canaries are updates of made-up clients, each a random direction of the clip norm, that an auditor adds to a
/// sum of updates by coins. They are the strongest clients that clipping lets through, and only the released sum is looked at.</summary>
/// <remarks>Every value is the same magnitude with a random sign, so that two canaries are nearly orthogonal when there are many
/// parameters. Canaries are computed when they are needed and not kept.</remarks>
public sealed class UpdateCanaries
{
    private readonly int _seed;

    /// <summary>Describes canaries.</summary>
    /// <param name="count">The number of canaries, at least 1.</param>
    /// <param name="parameterCount">The number of values of an update, at least 1.</param>
    /// <param name="norm">The Euclidean norm of a canary, positive and finite: the clip norm of the job.</param>
    /// <param name="seed">The seed of the directions, known to anybody.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public UpdateCanaries(int count, int parameterCount, double norm, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(parameterCount, 1);
        Throw.IfNotPositive(norm, nameof(norm));
        (Count, ParameterCount, Norm, _seed) = (count, parameterCount, norm, seed);
    }

    /// <summary>The number of canaries.</summary>
    public int Count { get; }

    /// <summary>The number of values of an update.</summary>
    public int ParameterCount { get; }

    /// <summary>The Euclidean norm of a canary, before rounding of its values to single precision.</summary>
    public double Norm { get; }

    /// <summary>Computes the update of one canary.</summary>
    /// <param name="canary">The position of the canary.</param>
    /// <returns>One value for each parameter, rounded towards zero.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such canary.</exception>
    public float[] UpdateOf(int canary)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(canary);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(canary, Count);
        double exact = Norm / Math.Sqrt(ParameterCount);
        float magnitude = (float)exact > exact ? MathF.BitDecrement((float)exact) : (float)exact;
        byte[] signs = new byte[(ParameterCount + 7L) / 8];
        new SeededRandom(unchecked((_seed * 1_000_003) + (int)BitOperations.RotateLeft((uint)canary * 0x9E3779B1u, 7))).Fill(signs);
        float[] update = new float[ParameterCount];
        for (int i = 0; i < update.Length; i++)
        {
            update[i] = ((signs[i >> 3] >> (i & 7)) & 1) == 1 ? magnitude : -magnitude;
        }

        return update;
    }

    /// <summary>Sums the updates of the canaries that take part.</summary>
    /// <param name="coins">One coin for each canary.</param>
    /// <exception cref="ArgumentException">There is not one coin for each canary.</exception>
    public double[] SumOf(CanaryCoins coins)
    {
        ArgumentNullException.ThrowIfNull(coins);
        Throw.IfLengthDiffers(coins.Count, Count, nameof(coins));
        double[] sum = new double[ParameterCount];
        foreach (int canary in coins.Included)
        {
            float[] update = UpdateOf(canary);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += update[i];
            }
        }

        return sum;
    }

    /// <summary>Scores every canary by the inner product of its update and what was released.</summary>
    /// <param name="released">The released sum of updates, or the sum over several releases, one value for each parameter.</param>
    /// <returns>One score for each canary; higher scores speak for taking part.</returns>
    /// <exception cref="ArgumentException">The released vector has another length.</exception>
    public double[] Score(ReadOnlySpan<float> released)
    {
        Throw.IfLengthDiffers(released.Length, ParameterCount, nameof(released));
        double[] scores = new double[Count];
        for (int canary = 0; canary < Count; canary++)
        {
            scores[canary] = TensorPrimitives.Dot<float>(released, UpdateOf(canary));
        }

        return scores;
    }
}
