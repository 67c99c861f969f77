namespace FedHe.Crypto.Paillier.Randomness;

/// <summary>A randomizer source creates the randomness of ciphertexts under one public key. It is thread-safe.</summary>
internal abstract class RandomizerSource
{
    /// <summary>Creates randomizers that nothing else knows.</summary>
    /// <param name="randomizers">
    /// Receives whole randomizers, in the encoding that encryption takes. Secret: the randomizer of a ciphertext gives away
    /// its message.
    /// </param>
    public abstract void Create(Span<byte> randomizers);
}
