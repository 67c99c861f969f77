namespace FedHe.Crypto.Parameters;

/// <summary>A security level states the number of bits of security against the best known classical attack.</summary>
/// <remarks>
/// Source: HE Standard 2018; Bossuat et al., ePrint 2024/463. See <see cref="SecurityTable"/>; NIST SP 800-57 for
/// factoring.
/// </remarks>
public enum SecurityLevel
{
    /// <summary>The parameters give no security. Only types named <c>Insecure…</c> report this level.</summary>
    None = 0,

    /// <summary>
    /// The parameters give at least 112 bits, as RSA-type keys of 2048 bits do. Lattice parameters never report this
    /// level.
    /// </summary>
    Bits112 = 112,

    /// <summary>The parameters give at least 128 bits.</summary>
    Bits128 = 128,

    /// <summary>The parameters give at least 192 bits.</summary>
    Bits192 = 192,

    /// <summary>The parameters give at least 256 bits.</summary>
    Bits256 = 256,
}
