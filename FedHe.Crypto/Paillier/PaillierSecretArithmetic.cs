namespace FedHe.Crypto.Paillier;

/// <summary>Arithmetic that needs the primes, which lie in pinned memory and are zeroed on dispose. Thread-safe.</summary>
internal abstract class PaillierSecretArithmetic : IDisposable
{
    /// <summary>Arithmetic for a secret key.</summary>
    /// <param name="p">A prime of half of the bits of n, big-endian.</param>
    /// <param name="q">The other prime, of the same length.</param>
    /// <param name="blinding">Randomness of the public key.</param>
    public static PaillierSecretArithmetic Create(ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, PaillierRandomizers blinding)
        => new BigIntegerPaillierSecretArithmetic(p, q, blinding);

    /// <summary>
    /// Decrypts, each ciphertext multiplied by a fresh encryption of zero before it meets the secret.
    /// </summary>
    /// <param name="ciphertexts">Units modulo n^2, big-endian.</param>
    /// <param name="messages">Receives as many numbers below n, big-endian.</param>
    public abstract void Decrypt(ReadOnlySpan<byte> ciphertexts, Span<byte> messages);

    public abstract void Dispose();
}
