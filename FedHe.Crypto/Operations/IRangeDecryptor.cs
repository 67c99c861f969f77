using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>
/// A range decryptor also decrypts a part of a vector, so that the values of a long vector are used while they are in a processor's
/// cache. It is thread-safe.
/// </summary>
public interface IRangeDecryptor : IDecryptor
{
    /// <summary>The number of values that are best decrypted at once, a multiple of <see cref="HeParameters.ValuesPerCiphertext"/>.</summary>
    int RangeLength { get; }

    /// <summary>
    /// Decrypts a range of a vector, each value within the vector's error bound of the exact result. Only holders of the secret key may see
    /// the result, whose noise reveals the key to others.
    /// </summary>
    /// <param name="vector">The vector to open.</param>
    /// <param name="start">The position of the first value, a multiple of <see cref="HeParameters.ValuesPerCiphertext"/>.</param>
    /// <param name="destination">Receives the values from there on: whole ciphertexts, or all values to the end of the vector.</param>
    /// <exception cref="ArgumentException">The range is not within the vector, or begins or ends inside of a ciphertext.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or another key.</exception>
    /// <exception cref="HeFormatException">Bytes that the vector reads in place changed since they were checked.</exception>
    /// <exception cref="ObjectDisposedException">The secret key or the vector was disposed.</exception>
    void DecryptRange(EncryptedVector vector, int start, Span<double> destination);
}
