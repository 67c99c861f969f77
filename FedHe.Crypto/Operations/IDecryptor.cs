using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Operations;

/// <summary>Decrypts vectors with a secret key. Only key holders have one. Thread-safe.</summary>
/// <remarks>Source: FedML-HE, Table 3, <c>dec</c>.</remarks>
public interface IDecryptor
{
    /// <summary>The key whose vectors this decryptor opens.</summary>
    KeyId KeyId { get; }

    /// <summary>
    /// Decrypts for a key holder. Each value is within <see cref="VectorBound.ErrorBound"/> of the exact result.
    /// The output carries scheme noise: give it to no one who lacks the secret key, use <see cref="DecryptPublic"/>.
    /// </summary>
    /// <param name="vector">The vector to open.</param>
    /// <param name="destination">Receives <see cref="EncryptedVector.Length"/> values.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or another key.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    void Decrypt(EncryptedVector vector, Span<double> destination);

    /// <summary>
    /// Decrypts for anyone: floods the scheme noise with fresh noise and rounds, so that the output reveals nothing
    /// about the secret key. Where sums are exact there is no noise in a result, and it is only rounded. The values are
    /// multiples of a step, at most 2^-<paramref name="precisionBits"/> times the magnitude bound (rounded up to a power of
    /// two), and each is within one step of the exact result.
    /// </summary>
    /// <param name="vector">The vector to open.</param>
    /// <param name="precisionBits">Precision relative to <see cref="VectorBound.MaxAbs"/>, 1 to 40 bits.</param>
    /// <param name="destination">Receives <see cref="EncryptedVector.Length"/> values.</param>
    /// <exception cref="ArgumentException">The destination has another length or the precision is out of range.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or another key.</exception>
    /// <exception cref="HeCapacityException">These parameters cannot publish with this precision safely.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    /// <remarks>Source: Li and Micciancio, ePrint 2020/1533; Li, Micciancio, Schultz and Sorrell, CRYPTO 2022.</remarks>
    void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination);
}
