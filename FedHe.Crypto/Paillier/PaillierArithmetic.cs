using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// Arithmetic modulo n^2 that needs no secret, on batches of numbers: big-endian, <see cref="CiphertextLength"/> bytes each,
/// back to back. Immutable and thread-safe.
/// </summary>
internal abstract class PaillierArithmetic
{
    /// <summary>Length of n in bytes.</summary>
    public abstract int ModulusLength { get; }

    /// <summary>Length of a number modulo n^2 in bytes.</summary>
    public int CiphertextLength => 2 * ModulusLength;

    /// <summary>Arithmetic for a modulus.</summary>
    /// <param name="modulus">n: odd, big-endian, its highest bit set.</param>
    public static PaillierArithmetic Create(ReadOnlySpan<byte> modulus) => new BigIntegerPaillierArithmetic(modulus);

    /// <summary>Whether every number is at least 1, below n^2 and coprime to n. Not constant-time: numbers are public.</summary>
    public abstract bool AreUnits(ReadOnlySpan<byte> ciphertexts);

    /// <summary>c = (1 + m*n)*rho modulo n^2.</summary>
    /// <param name="messages">Numbers m below n: big-endian, <see cref="ModulusLength"/> bytes each.</param>
    /// <param name="randomizers">As many of <see cref="PaillierRandomizers.Create"/>, each used once and never again.</param>
    /// <param name="ciphertexts">Receives as many numbers.</param>
    public abstract void Encrypt(ReadOnlySpan<byte> messages, ReadOnlySpan<byte> randomizers, Span<byte> ciphertexts);

    /// <summary>Running products, all 1 at first.</summary>
    public abstract PaillierProduct CreateProduct(int count);

    /// <summary>The source of randomness of a public key with the generator h.</summary>
    /// <param name="generator">h: big-endian, <see cref="ModulusLength"/> bytes, a unit below n.</param>
    /// <param name="random">Where exponents come from.</param>
    /// <remarks>Raises h to the power of n, and computes tables where that helps: costs as much as many encryptions.</remarks>
    public abstract PaillierRandomizers CreateRandomizers(ReadOnlySpan<byte> generator, RandomSource random);
}
