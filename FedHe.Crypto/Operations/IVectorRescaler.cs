using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Operations;

/// <summary>
/// A rescaler multiplies vectors by real factors without any key, under parameters that have a multiplicative level to
/// spend. It is thread-safe.
/// </summary>
/// <remarks>Source: FedML-HE, Algorithm 1, where the server weighs by real factors at multiplicative depth 1.</remarks>
public interface IVectorRescaler
{
    /// <summary>Multiplies a vector by a plaintext scalar and rescales the product, which has one prime less.</summary>
    /// <param name="vector">A vector that still has its level.</param>
    /// <param name="scalar">The factor: finite, not zero, of magnitude at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scalar is zero, not finite or above 1 in magnitude.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    /// <exception cref="HeCapacityException">The vector has no level left, or the product might not fit.</exception>
    EncryptedVector MultiplyScalar(EncryptedVector vector, double scalar);
}
