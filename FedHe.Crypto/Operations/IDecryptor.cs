using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Operations;

/// <summary>A decryptor decrypts vectors with a secret key, for key holders. It is thread-safe.</summary>
/// <remarks>Source: FedML-HE, Table 3, <c>dec</c>.</remarks>
public interface IDecryptor
{
    /// <summary>The identity of the key whose vectors the decryptor decrypts.</summary>
    KeyId KeyId { get; }

    /// <summary>
    /// Decrypts a vector, each value within <see cref="VectorBound.ErrorBound"/> of the exact result. Only holders of the secret
    /// key may see the result, whose noise reveals the key to others.
    /// </summary>
    /// <param name="vector">The vector to open.</param>
    /// <param name="destination">Receives <see cref="EncryptedVector.Length"/> values.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or another key.</exception>
    /// <exception cref="HeFormatException">Bytes that the vector reads in place changed since they were checked.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    void Decrypt(EncryptedVector vector, Span<double> destination);

    /// <summary>
    /// Decrypts a vector for publication, each value within one step of the exact result. Anybody may see the result of an
    /// authenticated sum of honest encryptions, whose noise is hidden by fresh noise and rounding.
    /// </summary>
    /// <param name="vector">The vector to open.</param>
    /// <param name="precisionBits">Precision relative to <see cref="VectorBound.MaxAbs"/>, 1 to 40 bits.</param>
    /// <param name="destination">Receives <see cref="EncryptedVector.Length"/> values.</param>
    /// <exception cref="ArgumentException">The destination has another length or the precision is out of range.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or another key.</exception>
    /// <exception cref="HeCapacityException">These parameters cannot publish with this precision safely.</exception>
    /// <exception cref="HePublicationException">
    /// The publications under this key are spent (<see cref="SecretKey.PlannedPublications"/>).
    /// </exception>
    /// <exception cref="HeFormatException">Bytes that the vector reads in place changed since they were checked.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    /// <remarks>
    /// All values are multiples of the step, which is at most 2^-<paramref name="precisionBits"/> times the magnitude
    /// bound, rounded up to a power of two. Exact sums have no noise to hide, so they are only rounded, and not counted.
    /// Source: Li and Micciancio, ePrint 2020/1533; Li, Micciancio, Schultz and Sorrell, CRYPTO 2022, Corollary 2; derivation in
    /// docs/parameters.md.
    /// </remarks>
    void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination);
}
