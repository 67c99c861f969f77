using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Randomness;

/// <summary>A randomizer source creates the randomness of ciphertexts under one public key. It is thread-safe.</summary>
internal abstract class RandomizerSource
{
    /// <summary>Creates randomizers that nothing else knows, before there is a plaintext.</summary>
    /// <param name="randomizers">
    /// Receives whole randomizers, in the encoding that encryption takes. Secret: the randomizer of a ciphertext gives away
    /// its message.
    /// </param>
    public abstract void Create(Span<byte> randomizers);

    /// <summary>Creates the randomizers of a plaintext.</summary>
    /// <param name="randomizers">Receives whole randomizers, as above.</param>
    /// <param name="random">The secret randomness of the plaintext.</param>
    public abstract void Create(Span<byte> randomizers, RandomSource random);
}
