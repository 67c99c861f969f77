using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Operations;

/// <summary>
/// An accumulator adds up encrypted vectors with positive integer weights, until <see cref="Complete"/> freezes the
/// sum. It is not thread-safe, and its result does not depend on the order of arrival.
/// </summary>
/// <remarks>
/// An accumulator is the only mutable cryptographic object. The division by the total weight follows decryption, so
/// that no multiplicative depth is spent.
/// </remarks>
public interface IAccumulator : IDisposable
{
    /// <summary>The number of values in every vector of the sum.</summary>
    int Length { get; }

    /// <summary>The number of vectors that were added.</summary>
    int Count { get; }

    /// <summary>Adds a vector times a weight to the sum. A refused vector leaves the sum unchanged.</summary>
    /// <param name="vector">The vector, which may be disposed afterwards.</param>
    /// <param name="weight">The weight, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is below 1.</exception>
    /// <exception cref="HeMismatchException">Parameters, key, length or level differ from those in the sum.</exception>
    /// <exception cref="HeCapacityException">
    /// The sum might not fit; the exception names the largest weight that fits.
    /// </exception>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    void Add(EncryptedVector vector, long weight = 1);

    /// <summary>
    /// Copies the unfinished sum, so that it can be saved. Adding the copy to an empty accumulator resumes the sum.
    /// </summary>
    /// <exception cref="InvalidOperationException">The sum is empty or complete.</exception>
    EncryptedVector Snapshot();

    /// <summary>Freezes the accumulator and hands its sum over to the caller.</summary>
    /// <exception cref="InvalidOperationException">The sum is empty or already complete.</exception>
    EncryptedVector Complete();
}
