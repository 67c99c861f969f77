namespace FedHe.Crypto.Ciphertexts;

/// <summary>How a vector is represented, in memory and on the wire.</summary>
public enum VectorForm
{
    /// <summary>Complete: what public-key encryption and expanded sums are.</summary>
    Full = 1,

    /// <summary>Half of it replaced by a 32-byte seed: what secret-key encryption produces.</summary>
    Seeded = 2,

    /// <summary>A sum of seeded vectors: half of it replaced by their seeds and weights, which every reader learns.</summary>
    SeedList = 3,
}
