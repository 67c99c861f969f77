namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>A step names a message that every party of a key generation sends to all. Numbers are part of the wire format.</summary>
public enum KeyGenerationStep
{
    /// <summary>The party commits to its part of the common seed.</summary>
    SeedCommitment = 1,

    /// <summary>The party reveals its part of the common seed.</summary>
    SeedReveal = 2,

    /// <summary>The party commits to its contribution to the public key.</summary>
    ContributionCommitment = 3,

    /// <summary>The party reveals its contribution, with the digests of the shares that it deals.</summary>
    Contribution = 4,
}
