using System.Collections.Immutable;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// An unchecked description of CKKS parameters. <see cref="CkksParameters.Create"/> turns it into parameters, or names the
/// reason for refusing it.
/// </summary>
public sealed record CkksParametersLiteral
{
    /// <summary>Ring degree N: 1024, 2048, 4096, 8192, 16384 or 32768.</summary>
    public required int Degree { get; init; }

    /// <summary>Number of bits of each prime of the modulus, 14 to 50. Rescaling spends the last prime.</summary>
    public required ImmutableArray<int> LogModuli { get; init; }

    /// <summary>Where values sit in a polynomial.</summary>
    public CkksPacking Packing { get; init; } = CkksPacking.Coefficients;

    /// <summary>
    /// Number of fractional bits of the fixed-point encoding, 14 to 52; for exact integers one less than the bits of a value,
    /// 1 to 31.
    /// </summary>
    public required int LogScale { get; init; }

    /// <summary>Multiplicative depth: 0, or 1 for one plaintext-scalar product with its rescale.</summary>
    public int Depth { get; init; }

    /// <summary>Largest total weight of a sum of exact integers, 1 to 2^32; 0 with any other packing.</summary>
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
