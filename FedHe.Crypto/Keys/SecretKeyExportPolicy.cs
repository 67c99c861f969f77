namespace FedHe.Crypto.Keys;

/// <summary>
/// An export policy names the forms in which a secret key may leave its object. It is fixed when the key is made.
/// </summary>
[Flags]
public enum SecretKeyExportPolicy
{
    /// <summary>The key can never be exported.</summary>
    None = 0,

    /// <summary>The key can be exported only encrypted under a password.</summary>
    PasswordProtected = 1,

    /// <summary>
    /// The key can be exported in clear, for a key authority that encrypts the bytes for its clients at once. Never
    /// store a key in clear.
    /// </summary>
    Clear = 2,
}
