namespace FedHe.Crypto.Paillier;

/// <summary>How contexts of <see cref="PaillierScheme"/> work. Results never depend on it.</summary>
public sealed record PaillierOptions
{
    private readonly int _randomizerCapacity;

    /// <summary>Options that start no thread: encryption computes all of its randomness when it needs it.</summary>
    public static PaillierOptions Default { get; } = new();

    /// <summary>
    /// How many ciphertexts' randomness a context keeps ready for each public key it encrypts under, computed in the
    /// background from the first encryptor on and used once; 0, the default, for none. It takes twice the bytes of a key for
    /// each, in memory that is zeroed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 2^20.</exception>
    public int RandomizerCapacity
    {
        get => _randomizerCapacity;
        init => _randomizerCapacity = value is >= 0 and <= (1 << 20)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), "The capacity is 0 to 2^20 ciphertexts.");
    }
}
