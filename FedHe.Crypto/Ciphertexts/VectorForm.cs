namespace FedHe.Crypto.Ciphertexts;

/// <summary>A vector form names the representation of an encrypted vector in memory and on the wire.</summary>
public enum VectorForm
{
    /// <summary>All polynomials are stored, as public-key encryption and expanded sums need.</summary>
    Full = 1,

    /// <summary>A seed replaces half of the ciphertext, as secret-key encryption allows.</summary>
    Seeded = 2,

    /// <summary>Seeds and their weights replace half of a sum of seeded vectors; every reader learns them.</summary>
    SeedList = 3,
}
