using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Rotation terms let the clients of a job rotate clipped differences before rounding, so that no coordinate is large and integers need fewer bits.
/// </summary>
/// <remarks>
/// <para>
/// All clients rotate by random signs and a Walsh-Hadamard transform, under a public seed that follows from the digest of the job, the round and the attempt,
/// and every client rotates the opened sum back. The length of what is encrypted is the next power of two of the model's length.
/// </para>
/// <para>
/// A coordinate beyond the range that is planned for it is moved into it before noise is added. That makes a contribution shorter and costs accuracy, and never
/// privacy, so whoever knows the seed early gains nothing. Source: Kairouz, Liu and Steinke, "The Distributed Discrete Gaussian Mechanism for Federated
/// Learning with Secure Aggregation", ICML 2021, section 4.
/// </para>
/// </remarks>
public sealed record RotationTerms
{
    /// <summary>The largest <see cref="TailProbability"/>.</summary>
    public const double LargestTailProbability = 0.01;

    /// <summary>The largest number of values that can be rotated.</summary>
    public const int LargestLength = 1 << 30;

    /// <summary>Creates rotation terms.</summary>
    /// <param name="tailProbability">
    /// The largest probability that any coordinate of a rotated difference is moved into its range, above 0 and at most <see cref="LargestTailProbability"/>.
    /// </param>
    /// <exception cref="PrivacyRefusedException">The probability is out of range.</exception>
    public RotationTerms(double tailProbability)
        => TailProbability = IsTail(tailProbability) ? tailProbability : throw new PrivacyRefusedException(PrivacyRefusal.TailOutOfRange);

    /// <summary>The largest probability that any coordinate of a rotated difference is moved into its range, where the signs are random.</summary>
    public double TailProbability { get; }

    /// <summary>Returns the number of values that a rotated vector has: the next power of two.</summary>
    /// <param name="values">The number of values before the rotation, positive.</param>
    /// <exception cref="PrivacyRefusedException">More values are wanted than can be rotated.</exception>
    public static int LengthOf(int values)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(values);
        return values <= LargestLength ? (int)BitOperations.RoundUpToPowerOf2((uint)values) : throw new PrivacyRefusedException(PrivacyRefusal.RotationTooLong);
    }

    internal void Write(WireWriter writer) => writer.WriteDouble(TailProbability);

    internal static RotationTerms? Read(ref WireReader reader)
    {
        double tail = reader.ReadDouble(0, LargestTailProbability);
        reader.Require(IsTail(tail), FormatError.FieldOutOfRange);
        return reader.Failed ? null : new RotationTerms(tail);
    }

    private static bool IsTail(double probability) => probability is > 0 and <= LargestTailProbability;
}
