using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Tests.Parameters;

public sealed class SecurityTableTests
{
    /// <summary>HE Standard 2018 v1.1, Table 1, ternary secret: classical 128, 192, 256 bits, then quantum.</summary>
    private static readonly Dictionary<int, int[]> Standard2018 = new()
    {
        [1024] = [27, 19, 14, 25, 17, 13],
        [2048] = [54, 37, 29, 51, 35, 27],
        [4096] = [109, 75, 58, 101, 70, 54],
        [8192] = [218, 152, 118, 202, 141, 109],
        [16384] = [438, 305, 237, 411, 284, 220],
        [32768] = [881, 611, 476, 827, 571, 443],
    };

    /// <summary>Bossuat et al., ePrint 2024/463, Table 5.2, ternary secret: 128, 192, 256 bits; no entry for 1024 above 128.</summary>
    private static readonly Dictionary<int, int[]> Guidelines2024 = new()
    {
        [1024] = [26, int.MaxValue, int.MaxValue],
        [2048] = [53, 36, 27],
        [4096] = [106, 73, 56],
        [8192] = [214, 147, 114],
        [16384] = [430, 297, 230],
        [32768] = [868, 597, 462],
    };

    private static readonly SecurityLevel[] Levels = [SecurityLevel.Bits128, SecurityLevel.Bits192, SecurityLevel.Bits256];

    [Fact]
    public void MaxModulusBits_EveryEntry_IsTheSmallerOfBothSources()
    {
        SecurityTable.Degrees.Should().Equal(Standard2018.Keys.Order());
        foreach (int degree in SecurityTable.Degrees)
        {
            for (int i = 0; i < Levels.Length; i++)
            {
                int classical = Math.Min(Standard2018[degree][i], Guidelines2024[degree][i]);

                SecurityTable.MaxModulusBits(degree, Levels[i]).Should().Be(classical, $"N = {degree}, {Levels[i]}");
                SecurityTable.MaxModulusBits(degree, Levels[i], postQuantum: true).Should().Be(Standard2018[degree][i + 3]);
            }
        }
    }

    [Fact]
    public void LevelOf_AtAndAboveEachLimit_IsExact()
    {
        foreach (int degree in SecurityTable.Degrees)
        {
            foreach (bool postQuantum in (bool[])[false, true])
            {
                for (int i = 0; i < Levels.Length; i++)
                {
                    int limit = SecurityTable.MaxModulusBits(degree, Levels[i], postQuantum);
                    SecurityLevel below = i == 0 ? SecurityLevel.None : Levels[i - 1];

                    SecurityTable.LevelOf(degree, limit, postQuantum).Should().Be(Levels[i]);
                    SecurityTable.LevelOf(degree, limit + 1, postQuantum).Should().Be(below);
                }
            }
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4095)]
    [InlineData(65536)]
    public void MaxModulusBits_DegreeOutsideTheTable_IsRefused(int degree)
        => FluentActions.Invoking(() => SecurityTable.MaxModulusBits(degree, SecurityLevel.Bits128)).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void MaxModulusBits_OfNoSecurity_IsRefused()
        => FluentActions.Invoking(() => SecurityTable.MaxModulusBits(4096, SecurityLevel.None)).Should().Throw<ArgumentOutOfRangeException>();
}
