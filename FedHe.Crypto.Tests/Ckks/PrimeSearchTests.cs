using System.Collections.Immutable;
using FedHe.Crypto.Ckks.Parameters;

namespace FedHe.Crypto.Tests.Ckks;

public sealed class PrimeSearchTests
{
    /// <summary>Source: what CoeffModulus::Create of Microsoft SEAL 4.4.3 returns for these sizes.</summary>
    [Theory]
    [InlineData(4096, new[] { 50, 50 }, new ulong[] { 0x3fffffffcc001, 0x3ffffffffc001 })]
    [InlineData(8192, new[] { 50, 40, 40, 50 }, new ulong[] { 0x3fffffffcc001, 0xfffff4c001, 0xfffffdc001, 0x3ffffffffc001 })]
    [InlineData(4096, new[] { 50 }, new ulong[] { 0x3ffffffffc001 })]
    public void TryFind_KnownSizes_ChoosesThePrimesOfSeal(int degree, int[] logModuli, ulong[] expected)
    {
        PrimeSearch.TryFind(degree, [.. logModuli], out ImmutableArray<ulong> moduli).Should().BeTrue();
        moduli.Should().Equal(expected);
    }

    [Fact]
    public void TryFind_MorePrimesThanExist_Fails()
        => PrimeSearch.TryFind(32768, [17, 17, 17], out _).Should().BeFalse();
}
