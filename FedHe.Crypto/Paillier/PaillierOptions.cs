namespace FedHe.Crypto.Paillier;

/// <summary>Paillier options say how contexts of <see cref="PaillierScheme"/> work. Results never depend on them.</summary>
public sealed record PaillierOptions
{
    private readonly int _randomizerCapacity;

    /// <summary>
    /// The default options, which start no thread: encryption computes all of its randomness when it needs it.
    /// </summary>
    public static PaillierOptions Default { get; } = new();

    /// <summary>
    /// The number of ciphertexts for which a context keeps randomness ready, for each public key it encrypts under: 0 (the
    /// default) to 2^20.
    /// </summary>
    /// <remarks>
    /// Randomness is computed in the background from the first encryptor on, and used once. For each ciphertext it
    /// takes twice the bytes of n, in memory that is zeroed. It is drawn before there is a plaintext and cannot depend on one:
    /// leave the capacity at 0 on a machine that may be resumed twice from one snapshot (SECURITY.md).
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 2^20.</exception>
    public int RandomizerCapacity
    {
        get => _randomizerCapacity;
        init => _randomizerCapacity = value is >= 0 and <= (1 << 20)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), "The capacity is 0 to 2^20 ciphertexts.");
    }
}
