using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Tests.Wire;

/// <summary>
/// Pins every byte that round keys add: what travels, what the chain covers, and the contexts that points and pads are derived
/// from. docs/wire-format.md has the values.
/// </summary>
public sealed class RoundKeyGoldenBytesTests
{
    private static readonly Digest JobDigest = Digest.Compute("job"u8);
    private static readonly Attempt Attempt = new(JobDigest, Round: 4, Number: 2, ReferenceWeight: 1000, ModelChain.Start(JobDigest));
    private static readonly Contributor First = new(new ClientId("hospital-1"), Weight: 17, Digest.Compute("nonce 1"u8));
    private static readonly Contributor Second = new(new ClientId("hospital-2"), Weight: 1000, Digest.Compute("nonce 2"u8));

    private static readonly ContributorList List = new(
        Attempt.Round,
        Attempt.Number,
        Attempt.ReferenceWeight,
        Attempt.Base,
        [First, Second],
        [Digest.Compute("clear"u8), Digest.Compute("keys"u8), Digest.Compute("segment 0"u8)],
        new byte[32]);

    [Fact]
    public void Chain_Start_HasItsDigest()
        => Attempt.Base.ToString().Should().Be("CHAIN0");

    [Fact]
    public void Chain_AfterAList_HasItsDigest()
        => List.Chain.ToString().Should().Be("CHAIN1");

    [Fact]
    public void PublicSeed_OfAnAttempt_HasItsDigest()
        => Attempt.PublicSeed.ToString().Should().Be("SEED");

    [Theory]
    [InlineData(1, 0, "POINT1")]
    [InlineData(2, 5, "POINT2")]
    [InlineData(3, 1, "POINT3")]
    [InlineData(4, 0, "POINT4")]
    public void PointContext_OfAContent_HasItsHash(byte kind, int segment, string expected)
        => HashOf(Attempt.PointContext((TagKind)kind, segment)).Should().Be(expected);

    [Fact]
    public void PadContext_OfAContribution_HasItsHash()
    {
        var lengths = new ContentLengths(ClearCount: 3, ValueCount: 300_000, SegmentCount: 3, KeyLength: 2048, OuterPrimes: 1);

        HashOf(Attempt.PadContext(First, lengths)).Should().Be("PAD");
    }

    [Fact]
    public void List_Bytes_HaveTheirHash()
    {
        HashOf(List.ToArray()).Should().Be("LIST");
        ContributorList.TryRead(List.ToArray())!.ToArray().Should().Equal(List.ToArray());
    }

    [Fact]
    public void ProtectedUpdate_Bytes_HaveTheirHash()
    {
        var update = new ProtectedUpdate(Attempt.Base, First.Nonce, "key"u8.ToArray(), new byte[16], "update"u8.ToArray());

        HashOf(update.ToArray()).Should().Be("UPDATE");
        update.ToArray().Should().HaveCount(update.Length);
    }

    [Fact]
    public void VerifiableAggregate_Bytes_HaveTheirHash()
        => HashOf(new VerifiableAggregate(List, "keys"u8.ToArray(), "aggregate"u8.ToArray()).ToArray()).Should().Be("AGGREGATE");

    [Fact]
    public void SavedServer_RoundKeyFields_HaveTheirHash()
    {
        using var state = new ServerState();
        state.Weights.Add(First.Client, First.Weight);
        state.History.Add(List.ToArray());
        state.Nonces.TryAdd(First.Nonce, Attempt.Round);
        state.Confirmations.Add(Second.Client, new byte[VerificationKey.SignatureSizeInBytes]);
        var bytes = new ArrayBufferWriter<byte>();
        RoundKeyStateFormat.Write(new WireWriter(bytes), state);

        HashOf(bytes.WrittenSpan).Should().Be("STATE");
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
