namespace FedHe.Crypto;

/// <summary>
/// The kinds of encryption that a scheme has. What depends on the parameters, such as
/// <see cref="HePublicContext.Compressor"/>, is a property of the context.
/// </summary>
[Flags]
public enum HeCapabilities
{
    /// <summary>Nothing beyond secret-key encryption, weighted addition and decryption.</summary>
    None = 0,

    /// <summary>Anyone with the public key can encrypt.</summary>
    PublicKeyEncryption = 1,

    /// <summary>Secret-key encryption whose upload replaces half of the ciphertext by a 32-byte seed.</summary>
    SeededEncryption = 2,
}
