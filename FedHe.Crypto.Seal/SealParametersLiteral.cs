using System.Collections.Immutable;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Seal;

/// <summary>
/// An unchecked description of SEAL parameters. <see cref="SealParameters.Create"/> turns it into parameters or names
/// the one reason why not.
/// </summary>
public sealed record SealParametersLiteral
{
    /// <summary>Ring degree N, <c>poly_modulus_degree</c>: 1024, 2048, 4096, 8192, 16384 or 32768.</summary>
    public required int Degree { get; init; }

    /// <summary>
    /// Bits of each prime as <c>CoeffModulus::Create</c> takes them, 14 to 60: the last one is the special prime, which
    /// ciphertexts do not have unless it is the only one; the ones before it are spent by rescaling.
    /// </summary>
    public required ImmutableArray<int> LogModuli { get; init; }

    /// <summary>Fractional bits of the encoding, 14 to 52: the scale is 2 to this power.</summary>
    public required int LogScale { get; init; }

    /// <summary>Multiplicative depth: 0, or 1 for one plaintext-scalar product with its rescale.</summary>
    public int Depth { get; init; }

    /// <summary>The security level below which the parameters are refused.</summary>
    public SecurityLevel MinimumSecurity { get; init; } = SecurityLevel.Bits128;
}
