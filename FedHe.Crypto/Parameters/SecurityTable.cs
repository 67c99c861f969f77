namespace FedHe.Crypto.Parameters;

/// <summary>
/// The security table lists the largest modulus, in bits, for each ring degree and security level, with a uniform
/// ternary secret and an error of standard deviation 3.2.
/// </summary>
/// <remarks>
/// Source: HE Standard 2018 v1.1, Table 1 (classical and quantum), and Bossuat et al., "Security Guidelines for
/// Implementing Homomorphic Encryption", ePrint 2024/463, Table 5.2. We enforce the smaller of both classical limits:
/// the 2024 table is tighter below degree 16384. The quantum column is reported, not enforced.
/// </remarks>
public static class SecurityTable
{
    private static readonly Row[] Rows =
    [
        new(1024, Classical: [26, 19, 14], Quantum: [25, 17, 13]),
        new(2048, Classical: [53, 36, 27], Quantum: [51, 35, 27]),
        new(4096, Classical: [106, 73, 56], Quantum: [101, 70, 54]),
        new(8192, Classical: [214, 147, 114], Quantum: [202, 141, 109]),
        new(16384, Classical: [430, 297, 230], Quantum: [411, 284, 220]),
        new(32768, Classical: [868, 597, 462], Quantum: [827, 571, 443]),
    ];

    /// <summary>The ring degrees of the table, in ascending order.</summary>
    public static IReadOnlyList<int> Degrees { get; } = [.. Rows.Select(row => row.Degree)];

    /// <summary>
    /// Returns the largest total modulus, in bits, that reaches <paramref name="level"/> at <paramref name="degree"/>.
    /// </summary>
    /// <param name="degree">Ring degree N, one of <see cref="Degrees"/>.</param>
    /// <param name="level">The level to reach, not <see cref="SecurityLevel.None"/>.</param>
    /// <param name="postQuantum">Whether to use the quantum column of the 2018 standard.</param>
    /// <exception cref="ArgumentOutOfRangeException">The table has no entry for the arguments.</exception>
    public static int MaxModulusBits(int degree, SecurityLevel level, bool postQuantum = false)
    {
        Row? row = Array.Find(Rows, candidate => candidate.Degree == degree);
        ArgumentOutOfRangeException.ThrowIfNotEqual(row is not null, true, nameof(degree));
        int column = level switch
        {
            SecurityLevel.Bits128 => 0,
            SecurityLevel.Bits192 => 1,
            SecurityLevel.Bits256 => 2,
            _ => throw new ArgumentOutOfRangeException(nameof(level)),
        };
        return (postQuantum ? row!.Quantum : row!.Classical)[column];
    }

    /// <summary>Returns the strongest level that a modulus of the given size reaches.</summary>
    /// <param name="degree">Ring degree N, one of <see cref="Degrees"/>.</param>
    /// <param name="modulusBits">Bits of the whole modulus, every prime included.</param>
    /// <param name="postQuantum">Whether to use the quantum column.</param>
    /// <returns><see cref="SecurityLevel.None"/> when not even 128 bits are reached.</returns>
    public static SecurityLevel LevelOf(int degree, int modulusBits, bool postQuantum = false)
    {
        foreach (SecurityLevel level in (ReadOnlySpan<SecurityLevel>)
                 [SecurityLevel.Bits256, SecurityLevel.Bits192, SecurityLevel.Bits128])
        {
            if (modulusBits <= MaxModulusBits(degree, level, postQuantum))
            {
                return level;
            }
        }

        return SecurityLevel.None;
    }

    private sealed record Row(int Degree, int[] Classical, int[] Quantum);
}
