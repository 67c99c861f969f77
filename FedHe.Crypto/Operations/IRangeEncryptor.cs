using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Operations;

/// <summary>
/// A range encryptor asks for the values of a vector in ranges, so that the values of a long vector are encrypted while they are in a
/// processor's cache. It is thread-safe.
/// </summary>
public interface IRangeEncryptor : IEncryptor
{
    /// <summary>A method that copies values of a vector from a position on. It is called from several threads, and for some values several times.</summary>
    /// <param name="start">The position of the first value.</param>
    /// <param name="destination">Receives the values.</param>
    delegate void ValueReader(int start, Span<double> destination);

    /// <summary>Encrypts values with fresh randomness into a vector that the caller disposes.</summary>
    /// <param name="length">The number of values, at least 1.</param>
    /// <param name="values">Copies the values.</param>
    /// <param name="maxAbs">The declared bound on their magnitude, which is public.</param>
    /// <exception cref="ArgumentException">There are no values, or the bound is not positive and finite.</exception>
    /// <exception cref="HeValueException">A value is NaN, infinite or outside the bound; with several threads it may not be the first such value.</exception>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    /// <exception cref="ObjectDisposedException">The secret key was disposed.</exception>
    EncryptedVector Encrypt(int length, ValueReader values, double maxAbs);
}
