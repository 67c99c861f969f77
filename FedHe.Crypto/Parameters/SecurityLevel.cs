namespace FedHe.Crypto.Parameters;

/// <summary>Bits of security against the best known classical attack.</summary>
/// <remarks>Source: HE Standard 2018; Bossuat et al., ePrint 2024/463. See <see cref="SecurityTable"/>; NIST SP 800-57 for factoring.</remarks>
public enum SecurityLevel
{
    /// <summary>No security at all. Only <c>Insecure…</c> types report it.</summary>
    None = 0,

    /// <summary>At least 112 bits: RSA-type keys of 2048 bits. No parameters of lattices report it.</summary>
    Bits112 = 112,

    /// <summary>At least 128 bits.</summary>
    Bits128 = 128,

    /// <summary>At least 192 bits.</summary>
    Bits192 = 192,

    /// <summary>At least 256 bits.</summary>
    Bits256 = 256,
}
