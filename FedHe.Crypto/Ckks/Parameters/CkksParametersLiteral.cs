using System.Collections.Immutable;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// A CKKS parameters literal is an unchecked description of parameters, which <see cref="CkksParameters.Create"/>
/// validates.
/// </summary>
public sealed record CkksParametersLiteral
{
    /// <summary>The ring degree N: 1024, 2048, 4096, 8192, 16384 or 32768.</summary>
    public required int Degree { get; init; }

    /// <summary>The number of bits of each prime of the modulus, 14 to 50. Rescaling spends the last prime.</summary>
    public required ImmutableArray<int> LogModuli { get; init; }

    /// <summary>The packing of values in a polynomial.</summary>
    public CkksPacking Packing { get; init; } = CkksPacking.Coefficients;

    /// <summary>
    /// The number of fractional bits of the fixed-point encoding, 14 to 52; for exact integers, one less than the bits
    /// of a value, 1 to 31.
    /// </summary>
    public required int LogScale { get; init; }

    /// <summary>The multiplicative depth: 0, or 1 for one plaintext-scalar product with its rescale.</summary>
    public int Depth { get; init; }

    /// <summary>The largest total weight of a sum of exact integers, 1 to 2^32; 0 with any other packing.</summary>
    public long LargestTotalWeight { get; init; }

    /// <summary>
    /// The vectors that exact integers are planned for; <see cref="CkksTraffic.SeedLists"/> with any other packing.
    /// </summary>
    public CkksTraffic Traffic { get; init; } = CkksTraffic.SeedLists;

    /// <summary>The security level below which the parameters are refused.</summary>
    public SecurityLevel MinimumSecurity { get; init; } = SecurityLevel.Bits128;

    /// <summary>Whether the quantum column of the security table must hold as well.</summary>
    public bool RequirePostQuantum { get; init; }
}
