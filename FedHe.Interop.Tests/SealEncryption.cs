namespace FedHe.Interop.Tests;

/// <summary>How SEAL encrypts.</summary>
public enum SealEncryption
{
    /// <summary>Under the public key.</summary>
    Public,

    /// <summary>Under the secret key, both polynomials saved.</summary>
    Symmetric,

    /// <summary>Under the secret key, the second polynomial saved as a seed.</summary>
    Seeded,
}
