namespace FedHe.Crypto.Paillier;

/// <summary>
/// Fresh randomness of ciphertexts under one public key: rho = h_s^r modulo n^2 with h_s = h^n and r uniform of half of the
/// bits of n. Thread-safe.
/// </summary>
/// <remarks>Source: Damgard, Jurik and Nielsen, International Journal of Information Security 9 (2010), section 4.2.</remarks>
internal abstract class PaillierRandomizers
{
    /// <summary>Creates randomizers that nothing else knows; constant-time in the exponents.</summary>
    /// <param name="randomizers">
    /// Receives numbers of <see cref="PaillierArithmetic.CiphertextLength"/> bytes, in an encoding that only the arithmetic
    /// knows. Secret: whoever knows rho of a ciphertext knows its message.
    /// </param>
    public abstract void Create(Span<byte> randomizers);
}
