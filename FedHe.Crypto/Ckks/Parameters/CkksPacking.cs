namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>Where values sit in a plaintext polynomial.</summary>
public enum CkksPacking
{
    /// <summary>One value a coefficient, N a ciphertext: half the bytes, additions and integer weights only.</summary>
    Coefficients = 1,

    /// <summary>One real value a slot of the canonical embedding, N/2 a ciphertext: the paper's packing.</summary>
    Slots = 2,

    /// <summary>
    /// Values rounded to integers, several in each coefficient: sums are exact, so decryption is a function of the
    /// plaintexts only. Additions and integer weights only, one prime.
    /// </summary>
    ExactIntegers = 3,
}
