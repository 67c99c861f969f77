using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Operations;

/// <summary>
/// An accumulator is a running sum of encrypted vectors with positive integer weights, the sum of n_i * [W_i]: the only
/// mutable cryptographic object. <see cref="Complete"/> freezes it. The result does not depend on the order of arrival.
/// Not thread-safe.
/// </summary>
/// <remarks>The division by the total weight follows decryption, so that no multiplicative depth is spent.</remarks>
public interface IAccumulator : IDisposable
{
    /// <summary>Number of values in every vector of the sum.</summary>
    int Length { get; }

    /// <summary>Number of vectors that were added.</summary>
    int Count { get; }

    /// <summary>Adds <paramref name="weight"/> times the vector. When it is refused, the sum is unchanged.</summary>
    /// <param name="vector">The vector; it may be disposed afterwards.</param>
    /// <param name="weight">The weight, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is below 1.</exception>
    /// <exception cref="HeMismatchException">Parameters, key, length or level differ from the sum's.</exception>
    /// <exception cref="HeCapacityException">The sum might not fit; the exception tells the weight that would.</exception>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    void Add(EncryptedVector vector, long weight = 1);

    /// <summary>Copies the sum so far, to be saved; adding the copy to an empty accumulator resumes the sum.</summary>
    /// <exception cref="InvalidOperationException">The sum is empty or complete.</exception>
    EncryptedVector Snapshot();

    /// <summary>Freezes the accumulator and hands its sum over.</summary>
    /// <exception cref="InvalidOperationException">The sum is empty or already complete.</exception>
    EncryptedVector Complete();
}
