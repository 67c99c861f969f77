using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Operations;

/// <summary>
/// Ciphertext residues give the polynomials of a vector as integers modulo primes, so that linear tags modulo the same
/// primes bind a sum of vectors to its terms. The interface is thread-safe.
/// </summary>
/// <remarks>
/// A sum of lattice ciphertexts must be bound before it is decrypted. The decryption of a changed sum depends on the secret key, so
/// the result, or the mere fact of a refusal, gives information about the key to anyone who sees it.
/// </remarks>
public interface ICiphertextResidues
{
    /// <summary>The primes, each for one residue of every coefficient.</summary>
    IReadOnlyList<long> Primes { get; }

    /// <summary>The number of residues that one polynomial has modulo each prime.</summary>
    int PolynomialLength { get; }

    /// <summary>Counts the polynomials of a vector, those that seeds stand for included.</summary>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    int PolynomialCount(EncryptedVector vector);

    /// <summary>Copies one polynomial modulo one prime; the residues of a sum are the sums of the residues.</summary>
    /// <param name="vector">A vector of full depth.</param>
    /// <param name="polynomial">The index of the polynomial.</param>
    /// <param name="prime">The index of the prime.</param>
    /// <param name="destination">Receives <see cref="PolynomialLength"/> residues.</param>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters or has spent depth.</exception>
    /// <exception cref="ArgumentException">An index or the length of the destination is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The vector was disposed.</exception>
    void CopyTo(EncryptedVector vector, int polynomial, int prime, Span<ulong> destination);
}
