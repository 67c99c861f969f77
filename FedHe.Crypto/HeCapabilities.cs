namespace FedHe.Crypto;

/// <summary>
/// Capabilities name the kinds of encryption that a scheme has. Abilities that depend on parameters, such as
/// <see cref="HePublicContext.Compressor"/>, are properties of the context.
/// </summary>
[Flags]
public enum HeCapabilities
{
    /// <summary>The scheme has only secret-key encryption, weighted addition and decryption.</summary>
    None = 0,

    /// <summary>Anyone with the public key can encrypt.</summary>
    PublicKeyEncryption = 1,

    /// <summary>Secret-key encryption replaces half of an uploaded ciphertext by a 32-byte seed.</summary>
    SeededEncryption = 2,
}
