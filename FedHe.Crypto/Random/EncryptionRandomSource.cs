namespace FedHe.Crypto.Random;

/// <summary>An encryption random source also tells public from secret randomness, as encryption needs it.</summary>
internal abstract class EncryptionRandomSource : RandomSource
{
    /// <summary>Draws bytes that are published, such as seeds of public polynomials and nonces.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="publicContext">
    /// Public bytes that set this draw apart from others. The plaintext, and anything computed from it without a key, must not be
    /// among them, because an observer of the result could test guesses of the plaintext.
    /// </param>
    public abstract void FillPublic(Span<byte> destination, ReadOnlySpan<byte> publicContext = default);

    /// <summary>Draws the secret randomness for the encryption or the publication of a plaintext.</summary>
    /// <param name="plaintext">All values of the plaintext, as they lie in memory.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    /// <param name="context">What else the randomness depends on, such as the key that it is used with; it may be secret.</param>
    public abstract SecretStreams DrawSecret(
        ReadOnlySpan<byte> plaintext, int maxDegreeOfParallelism, ReadOnlySpan<byte> context = default);
}
