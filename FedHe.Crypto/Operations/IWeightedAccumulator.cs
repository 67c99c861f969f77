using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Operations;

/// <summary>A running sum with positive integer weights: the sum of n_i * [W_i]. Division happens after decryption.</summary>
public interface IWeightedAccumulator : IEncryptedAccumulator
{
    /// <summary>Adds <paramref name="weight"/> times the vector. When it is refused, the sum is unchanged.</summary>
    /// <param name="vector">The vector; it may be disposed afterwards.</param>
    /// <param name="weight">The weight, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is below 1.</exception>
    /// <exception cref="HeMismatchException">Parameters, key, length or level differ from the sum's.</exception>
    /// <exception cref="HeCapacityException">The sum might not fit; the exception tells the weight that would.</exception>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    void AddWeighted(EncryptedVector vector, long weight);
}
