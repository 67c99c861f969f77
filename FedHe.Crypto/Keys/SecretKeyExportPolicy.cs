namespace FedHe.Crypto.Keys;

/// <summary>In which forms a secret key may leave its object. Fixed when the key is made.</summary>
[Flags]
public enum SecretKeyExportPolicy
{
    /// <summary>Never.</summary>
    None = 0,

    /// <summary>Only encrypted under a password.</summary>
    PasswordProtected = 1,

    /// <summary>In clear. For a key authority that seals the bytes for its clients at once; never for storage.</summary>
    Clear = 2,
}
