using System.Buffers;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;

namespace FedHe.Crypto.Tests.Ckks.SealFormat;

/// <summary>Answers that Microsoft SEAL 4.4.3 and its WebAssembly build gave.</summary>
public sealed class SealKnownAnswerTests
{
    private const ulong Prime = 0x3fffffffcc001;

    [Fact]
    public void ParmsIds_OfKnownParameters_AreThoseOfSeal()
    {
        SealEncryptionParameters two = SealEncryptionParameters.Create(4096, [50, 50]);
        SealEncryptionParameters one = SealEncryptionParameters.Create(2048, [50]);

        two.KeyParmsId.ToString().Should().Be("fadbac3edc729714c6e19bbf743deb1ac609b75ee96ff0773e419ac3d0764d1d");
        two.FirstParmsId.ToString().Should().Be("9ca34c7a6df639be82854f9625d2a8dfc316c41371d3869620745cca1965073b");
        one.KeyParmsId.ToString().Should().Be("717dbac11d588d976b12c9df98b7cb5196b78983e6297b3cb36e793284e6df61");
        one.FirstParmsId.Should().Be(one.KeyParmsId, "a single prime serves keys and ciphertexts");
    }

    [Fact]
    public void Primes_OfKnownSizes_AreThoseOfSeal()
    {
        SealEncryptionParameters.Create(4096, [50, 50]).CoeffModulus.Should().Equal(Prime, 0x3ffffffffc001);
        SealEncryptionParameters.Create(8192, [50, 40, 40, 50]).CoeffModulus
            .Should().Equal(Prime, 0xfffff4c001, 0xfffffdc001, 0x3ffffffffc001);
        SealEncryptionParameters.Create(8192, [60, 40, 40, 60]).CoeffModulus
            .Should().OnlyContain(prime => ModularArithmetic.IsPrime(prime) && prime % 16384 == 1);
    }

    [Theory]
    [InlineData(2048, 0x3ffffffffc001, 1080667890455)]
    [InlineData(4096, 0x3ffffffffc001, 46909545429)]
    [InlineData(8192, 0x3ffffffffc001, 11286399139)]
    [InlineData(2048, Prime, 740453799136)]
    [InlineData(4096, Prime, 12064401162)]
    [InlineData(8192, Prime, 126325704370)]
    public void Roots_OfTransforms_AreThoseOfSeal(int degree, ulong prime, ulong root)
        => new NttPlan(degree, prime).Root.Should().Be(root);

    [Fact]
    public void Expand_OfAKnownSeed_GivesTheWordsOfSeal()
    {
        byte[] seed = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
        var polynomial = new ulong[4096];
        new SealSeedExpander(SealSeed.Read(seed)).Expand(4096, [Prime], polynomial);

        polynomial[..4].Should().Equal(1008681174686318, 58079982804359, 1001012675690639, 514393979691871);
        polynomial[4095].Should().Be(501650704289462);
    }

    [Fact]
    public void Expand_UnderAPrimeThatRefusesManyWords_DrawsThemFromTheEndOfTheStream()
    {
        // No prime near a power of two ever refuses a word. One a little above 2^63 refuses nearly half.
        const ulong Modulus = (1UL << 63) + 29;
        byte[] seed = [.. Enumerable.Range(7, 64).Select(i => (byte)i)];
        var expanded = new ulong[64];
        new SealSeedExpander(SealSeed.Read(seed)).Expand(64, [Modulus], expanded);

        var stream = new ulong[512];
        new SealSeedExpander(SealSeed.Read(seed)).Expand(512, [ulong.MaxValue], stream);
        int next = 64;
        ulong[] expected = [.. stream[..64].Select(word =>
        {
            while (word >= Modulus - 1)
            {
                word = stream[next++];
            }

            return word;
        })];
        expanded.Should().Equal(expected);
        next.Should().BeGreaterThan(80);
    }

    [Fact]
    public void Parameters_Written_AreTheBytesOfSeal()
    {
        // What SEAL 4.1 saves for degree 4096 and primes of 50 and 50 bits.
        const string Expected =
            "5ea1100401000000690000000000000002001000000000000002000000000000005ea1100401000000180000000000000001c0fcffffff0300"
            + "5ea1100401000000180000000000000001c0ffffffff03005ea110040100000018000000000000000000000000000000";
        var bytes = new ArrayBufferWriter<byte>();
        SealEncryptionParameters parameters = SealEncryptionParameters.Create(4096, [50, 50]);
        parameters.WriteTo(bytes, new SealWriteOptions { Version = new SealVersion(4, 1) });

        Convert.ToHexStringLower(bytes.WrittenSpan).Should().Be(Expected);
        SealEncryptionParameters.Read(bytes.WrittenSpan).KeyParmsId.Should().Be(parameters.KeyParmsId);
    }
}
