using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Operations;

/// <summary>
/// A running sum of encrypted vectors: the only mutable cryptographic object. <see cref="Complete"/> freezes it.
/// The result does not depend on the order of arrival. Not thread-safe.
/// </summary>
public interface IEncryptedAccumulator : IDisposable
{
    /// <summary>Number of values in every vector of the sum.</summary>
    int Length { get; }

    /// <summary>How many vectors were added.</summary>
    int Count { get; }

    /// <summary>Adds a vector. When it is refused, the sum is unchanged. The vector may be disposed afterwards.</summary>
    /// <exception cref="HeMismatchException">Parameters, key, length or level differ from the sum's.</exception>
    /// <exception cref="HeCapacityException">The sum might not fit the modulus.</exception>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    void Add(EncryptedVector vector);

    /// <summary>A copy of the sum so far, to be saved; adding it to an empty accumulator resumes the sum.</summary>
    /// <exception cref="InvalidOperationException">The sum is empty or complete.</exception>
    EncryptedVector Snapshot();

    /// <summary>Freezes the accumulator and hands its sum over.</summary>
    /// <exception cref="InvalidOperationException">The sum is empty or already complete.</exception>
    EncryptedVector Complete();
}
