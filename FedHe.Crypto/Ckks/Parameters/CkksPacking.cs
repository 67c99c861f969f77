namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>Says where values sit in a plaintext polynomial.</summary>
public enum CkksPacking
{
    /// <summary>One value per coefficient, N per ciphertext: half the bytes, additions and integer weights only.</summary>
    Coefficients = 1,

    /// <summary>One real value per slot of the canonical embedding, N/2 per ciphertext: the packing of the paper.</summary>
    Slots = 2,

    /// <summary>
    /// Values rounded to integers, several in each coefficient: sums are exact, so decryption is a function of the
    /// plaintexts only. Additions and integer weights only, one prime.
    /// </summary>
    ExactIntegers = 3,
}
