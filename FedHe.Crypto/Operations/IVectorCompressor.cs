using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Operations;

/// <summary>
/// A compressor makes encrypted vectors smaller on the wire, without any key. Dropping public bits of a ciphertext
/// cannot harm its security.
/// </summary>
public interface IVectorCompressor
{
    /// <summary>
    /// Compresses a vector within an added error. The result shares the memory of the vector, which does not change,
    /// and has a bound that counts the loss.
    /// </summary>
    /// <param name="vector">The vector.</param>
    /// <param name="maxAddedDeviation">
    /// Largest standard deviation that may be added to the error of a value, in units of values: positive and finite.
    /// </param>
    /// <returns>
    /// The compressed vector; the caller disposes both vectors. It loses nothing under parameters of several primes.
    /// Where sums are exact, the parameters and not the deviation decide which bits are left out.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is not positive and finite.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    /// <exception cref="HeCapacityException">Magnitude and error together would no longer fit the modulus.</exception>
    EncryptedVector Compress(EncryptedVector vector, double maxAddedDeviation);

    /// <summary>Converts a vector to full form: seeds and their weights are expanded, and no reader learns them.</summary>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    EncryptedVector Expand(EncryptedVector vector);

    /// <summary>Computes the length in bytes of a compressed vector on the wire, for planning.</summary>
    /// <param name="length">Number of values, at least one.</param>
    /// <param name="form">Its form.</param>
    /// <param name="maxAddedDeviation">As in <see cref="Compress"/>.</param>
    /// <param name="seeds">Number of seeds of a seed list, or of vectors in a full sum; 1 for a fresh vector.</param>
    long EncodedLength(int length, VectorForm form, double maxAddedDeviation, int seeds = 1);

    /// <summary>Computes the bound of a vector after compression, for planning.</summary>
    /// <param name="bound">Bound of the vector before compression.</param>
    /// <param name="form">Its form.</param>
    /// <param name="maxAddedDeviation">As in <see cref="Compress"/>.</param>
    VectorBound CompressedBound(VectorBound bound, VectorForm form, double maxAddedDeviation);
}
