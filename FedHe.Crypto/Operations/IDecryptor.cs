using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Operations;

/// <summary>A decryptor decrypts vectors with a secret key, for key holders. It is thread-safe.</summary>
/// <remarks>Source: FedML-HE, Table 3, <c>dec</c>.</remarks>
public interface IDecryptor
{
    /// <summary>The identity of the key whose vectors the decryptor decrypts.</summary>
    KeyId KeyId { get; }

    /// <summary>
    /// Decrypts a vector for a key holder, each value within <see cref="VectorBound.ErrorBound"/> of the exact result.
    /// The output carries noise of the scheme: give it only to holders of the secret key, and use
    /// <see cref="DecryptPublic"/> for all others.
    /// </summary>
    /// <param name="vector">The vector to open.</param>
    /// <param name="destination">Receives <see cref="EncryptedVector.Length"/> values.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or another key.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    void Decrypt(EncryptedVector vector, Span<double> destination);

    /// <summary>
    /// Decrypts a vector for publication: fresh noise and rounding hide the noise of the scheme, so that the output
    /// reveals nothing about the secret key. Each value is within one step of the exact result.
    /// </summary>
    /// <param name="vector">The vector to open.</param>
    /// <param name="precisionBits">Precision relative to <see cref="VectorBound.MaxAbs"/>, 1 to 40 bits.</param>
    /// <param name="destination">Receives <see cref="EncryptedVector.Length"/> values.</param>
    /// <exception cref="ArgumentException">The destination has another length or the precision is out of range.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or another key.</exception>
    /// <exception cref="HeCapacityException">These parameters cannot publish with this precision safely.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    /// <remarks>
    /// All values are multiples of the step, which is at most 2^-<paramref name="precisionBits"/> times the magnitude
    /// bound, rounded up to a power of two. Exact sums have no noise to hide, so they are only rounded. Source: Li and
    /// Micciancio, ePrint 2020/1533; Li, Micciancio, Schultz and Sorrell, CRYPTO 2022.
    /// </remarks>
    void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination);
}
