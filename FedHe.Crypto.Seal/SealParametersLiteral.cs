using System.Collections.Immutable;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL parameters literal is an unchecked description of parameters, which <see cref="SealParameters.Create"/>
/// validates.
/// </summary>
public sealed record SealParametersLiteral
{
    /// <summary>The ring degree N, <c>poly_modulus_degree</c>: 1024, 2048, 4096, 8192, 16384 or 32768.</summary>
    public required int Degree { get; init; }

    /// <summary>
    /// The number of bits of each prime, 14 to 60, as <c>CoeffModulus::Create</c> takes them. The last prime is the
    /// special one, which ciphertexts have only if it is the only one; rescaling spends the primes before it.
    /// </summary>
    public required ImmutableArray<int> LogModuli { get; init; }

    /// <summary>The number of fractional bits of the encoding, 14 to 52; the scale is 2 to this power.</summary>
    public required int LogScale { get; init; }

    /// <summary>The multiplicative depth: 0, or 1 for one plaintext-scalar product with its rescale.</summary>
    public int Depth { get; init; }

    /// <summary>The security level below which the parameters are refused.</summary>
    public SecurityLevel MinimumSecurity { get; init; } = SecurityLevel.Bits128;
}
