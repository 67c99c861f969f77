namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>A packing says where values sit in a plaintext polynomial.</summary>
public enum CkksPacking
{
    /// <summary>
    /// Each coefficient holds one value, N per ciphertext. The packing takes half the bytes of slots, and allows
    /// additions and integer weights only.
    /// </summary>
    Coefficients = 1,

    /// <summary>Each slot of the canonical embedding holds one real value, N/2 per ciphertext, as in the paper.</summary>
    Slots = 2,

    /// <summary>
    /// Each coefficient holds several values, rounded to integers, and sums are exact, so that decryption is a function
    /// of the plaintexts only. The packing needs one prime or two, and allows additions and integer weights only.
    /// </summary>
    ExactIntegers = 3,
}
