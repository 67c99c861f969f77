using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>Pins every byte of plans and what names epochs, but for signatures.</summary>
public sealed class EpochGoldenBytesTests
{
    private static readonly Guid JobId = new("0f8fad5b-d9cb-469f-a165-70867728950e");

    [Fact]
    public void Plan_Bytes_HaveTheirHash()
    {
        EpochPlan plan = CreatePlan();

        HashOf(plan.Bytes.Span[..^64]).Should().Be("53d7a606fd29e8e860fe3cd47c065fcf27f73c51827f1b4f5d0d10f1d6c010ea");
        plan.Digest.ToString().Should().Be(HashOf(plan.Bytes.Span[..^64]));
    }

    [Fact]
    public void Epoch_Digest_IsPinned()
        => new EpochStatement(CreatePlan(), 5, EpochLab.DigestOf("chain")).Digest.ToString()
            .Should().Be("dadd47b74580858cc9c83fbf932147fe2f5766776661467b861be1411925ed0b");

    [Fact]
    public void Succession_OfClientsThatNoOrderNames_IsPinned()
    {
        using ClientIdentity a = CreateClient("a", 5), b = CreateClient("b", 6), c = CreateClient("c", 7), d = CreateClient("d", 8),
            e = CreateClient("e", 9), f = CreateClient("f", 10), g = CreateClient("g", 11);

        var key = new KeyId([.. Enumerable.Range(1, 16).Select(i => (byte)i)]);

        string.Join(' ', Succession.Next(EpochLab.Terms("a b c d"), EpochLab.DigestOf("base"), key, ClientRoster.Of([a, b, c, d, e, f, g]), new HashSet<ClientId>())!.Successors)
            .Should().Be("f e g");
    }

    private static EpochPlan CreatePlan()
    {
        using ClientIdentity a = CreateClient("a", 5), b = CreateClient("b", 6), c = CreateClient("c", 7), d = CreateClient("d", 8), e = CreateClient("e", 9);
        using var authority = new SigningKey(PrivateKey(3));
        var terms = new EpochTerms(
            JobId,
            EpochLab.DigestOf("job"),
            Number: 2,
            EpochLab.DigestOf("epoch before"),
            new KeyId(new byte[16]),
            ClientRoster.Of([a, b, c, d, e]),
            EpochLab.Names("e"),
            EpochLab.Terms("a b c d"));
        EpochPlan plan = EpochPlan.Sign(terms, Digest.Compute("parameters"u8), authority);
        plan.Committee.KeyExchange.Should().Be(KeyExchange.P256);
        return plan;
    }

    private static ClientIdentity CreateClient(string client, byte privateKey) => new(new ClientId(client), PrivateKey(privateKey));

    private static ECDsa PrivateKey(byte number)
    {
        byte[] scalar = new byte[32];
        scalar[^1] = number;
        return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
