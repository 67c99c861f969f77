namespace FedHe.Crypto.Random;

/// <summary>
/// Hedged randomness is new even where the generator of the process repeats itself, as it does in a machine that is resumed
/// twice from one snapshot. Keys, seeds, salts and nonces come from it.
/// </summary>
/// <remarks>
/// Every call hashes bytes of the process's generator, bytes that are read from the operating system's kernel for this call, a
/// counter and the time, under a random key of the process. SECURITY.md says what each of them is for. The class is public for
/// authors of schemes and for the layers above.
/// </remarks>
public static class HedgedRandom
{
    /// <summary>Fills memory with random bytes that stay secret, such as a key.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="Errors.HeRandomnessException">The operating system gives no random bytes.</exception>
    public static void Fill(Span<byte> destination) => RandomSource.System.Fill(destination);

    /// <summary>Fills memory with random bytes that are published, such as a nonce or a salt.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="publicContext">
    /// Public bytes that set this call apart from others, or nothing. A secret, and anything computed from it without a key, must
    /// not be among them, because an observer of the result could test guesses of the secret.
    /// </param>
    /// <exception cref="Errors.HeRandomnessException">The operating system gives no random bytes.</exception>
    public static void FillPublic(Span<byte> destination, ReadOnlySpan<byte> publicContext = default)
        => RandomSource.System.FillPublic(destination, publicContext);
}
