using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Server.Inspections;
using FedHe.Orchestration.Sums;
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
        new byte[32],
        []);

    [Fact]
    public void Chain_Start_HasItsDigest()
        => Attempt.Base.ToString().Should().Be("c975dc2bd51e7dec9f72a1b88ca33d62c6dcfa82ea2bd0df3ed6d89a405c59e8");

    [Fact]
    public void Chain_AfterAList_HasItsDigest()
        => List.Chain.ToString().Should().Be("a2a222b97240ea9414b89cea3e4bb44edad194fa3e36ff46155535f95f0abd43");

    [Fact]
    public void PublicSeed_OfAnAttempt_HasItsDigest()
        => Attempt.PublicSeed.ToString().Should().Be("3b17e30d8002ef356c560fd597831fb1fcf2a435af1221ac7935674b3e3f9c89");

    [Theory]
    [InlineData(1, 0, "35061f2a325dec3c7b88cb971484ab7813ef918a937ba7ba205ddcd2813801fc")]
    [InlineData(2, 5, "0cd9411268e340d342cbbba6bce518ea018c34c24d60bb5057ccec392f4ccffe")]
    [InlineData(3, 1, "7546abd8ab586b5d3a11355e0252e5210c8f613cf776ee95f74870993c2675d7")]
    [InlineData(4, 0, "d73464d4a50c9c9ff467e9d9c683d016521da1383c984d2e074ecedabf56554a")]
    public void PointContext_OfAContent_HasItsHash(byte kind, int segment, string expected)
        => HashOf(Attempt.PointContext((TagKind)kind, segment)).Should().Be(expected);

    [Fact]
    public void PadContext_OfAContribution_HasItsHash()
    {
        var lengths = new ContentLengths(ClearCount: 3, ValueCount: 300_000, SegmentCount: 3, KeyLength: 2048, OuterPrimes: 1);

        HashOf(Attempt.PadContext(First, lengths)).Should().Be("d7d1d051d9ba1337e9102ec0c5410ee2a6f622b44d192f1c56c518ac4a75ffab");
    }

    [Fact]
    public void List_Bytes_HaveTheirHash()
    {
        HashOf(List.ToArray()).Should().Be("fb8973db234c2836e991cb81ed70194aeec1e5cccdf4adac0284d691dfd5a4b5");
        ContributorList.TryRead(List.ToArray())!.ToArray().Should().Equal(List.ToArray());
    }

    [Fact]
    public void ProtectedUpdate_Bytes_HaveTheirHash()
    {
        var update = new ProtectedUpdate(Attempt.Base, "update"u8.ToArray(), "key"u8.ToArray(), First.Nonce, new byte[16]);

        HashOf(update.ToArray()).Should().Be("da12153d54a02d1822e7e515b4964393333a6a57ca558a316acd16dc666f957a");
        update.ToArray().Should().HaveCount((int)ProtectedUpdate.LengthOf(6, 3, 16));
    }

    [Fact]
    public void VerifiableAggregate_Bytes_HaveTheirHash()
        => HashOf(new VerifiableAggregate(List, "keys"u8.ToArray(), "aggregate"u8.ToArray()).ToArray()).Should().Be("45998cb96df6871e71a52bec389ee9390eaeef027c7a715fc0f1879df31eec65");

    [Fact]
    public void ShownPart_Bytes_HaveTheirHash()
    {
        var part = new ShownPart("content"u8.ToArray(), new byte[16]);

        HashOf(part.ToArray()).Should().Be("9ddef8169ad24f1a2130f8600080d46fc0295bd956f6e70a1b60e69f8bd1c450");
        ShownPart.TryRead(part.ToArray())!.ToArray().Should().Equal(part.ToArray());
        part.DigestOf(InspectedPart.Values, First.Client, degree: 1).ToString().Should().Be("0db8e0cac1522813836a79f472fff7276fbca589d363c4e01a139bb500f40b30");
        part.DigestOf(InspectedPart.Keys, First.Client, degree: 1).ToString().Should().Be("3e8ae59aade24a358eea98af7336b303b2d1cd12cea04c9b09a2eedf73ad65b5");
    }

    [Fact]
    public void VoidAttempt_Bytes_HaveTheirHash()
    {
        var bytes = new ArrayBufferWriter<byte>();
        VoidAttempt.Write(new WireWriter(bytes), new VoidAttempt(4, 2, Attempt.Base, List.Chain, InspectedPart.Values, WithValues: true));

        HashOf(bytes.WrittenSpan).Should().Be("76262471a2d1620c308969cbf718bb122ababe6871a5ca7b56fe4278e72c12fb");
    }

    [Fact]
    public void SavedServer_HeldSum_HasItsHash()
    {
        using var state = new ServerState(new EpochLine(null!), new SumFolder(path: null))
        {
            Held = new HeldSum(
                new VerifiableAggregate(List with { ContentDigests = [default, Digest.Compute("keys"u8)] }, "keys"u8.ToArray(), default).ToArray(),
                SumBytes.Of("aggregate"u8.ToArray()),
                new SortedDictionary<ClientId, PartDigests> { [First.Client] = new(Digest.Compute("values"u8), Digest.Compute("keys"u8)) }),
        };
        state.Held.Approvals.Add(First.Client);
        state.Held.Objections.Add(Second.Client, InspectedPart.Keys);
        var bytes = new ArrayBufferWriter<byte>();
        RoundKeyStateFormat.Write(new WireWriter(bytes), state);

        HashOf(bytes.WrittenSpan).Should().Be("cbfbac60e816b3e06507979658c2d62626feb1b72f78260b17ce956d1a381dab");
    }

    [Fact]
    public void SavedServer_RoundKeyFields_HaveTheirHash()
    {
        using var state = new ServerState(new EpochLine(null!), new SumFolder(path: null));
        state.Weights.Add(First.Client, First.Weight);
        state.History.Add(new ListedRound(Attempt.Round, List.ToArray()));
        state.Nonces.TryAdd(First.Nonce, Attempt.Round);
        state.Confirmations.Add(Second.Client, new byte[VerificationKey.SignatureSizeInBytes]);
        state.Objections.Add(First.Client, InspectedPart.Values);
        state.Parts.Add(First.Client, new PartDigests(Digest.Compute("values"u8), Digest.Compute("keys"u8)));
        state.ChecksKeys = true;
        state.Excluded.Add(Second.Client, ExclusionReason.WrongKeyTags);
        var upload = new InspectedUpload(First, Digest.Compute("values"u8)) { Outcome = ShownOutcome.Same, ShownDigest = Digest.Compute("shown"u8) };
        upload.Verdicts.Add(Second.Client, false);
        state.Inspection = new Inspection(4, 2, 1000, List.Chain, InspectedPart.Values, SumBytes.Of("sum"u8.ToArray())) { IsReminded = true };
        state.Inspection.Objectors.Add(Second.Client);
        state.Inspection.Uploads.Add(First.Client, upload);
        state.Previous = new LatestAggregate(1, SumBytes.Of(ReadOnlyMemory<byte>.Empty), SumBytes.Of("previous"u8.ToArray()), default);
        var bytes = new ArrayBufferWriter<byte>();
        RoundKeyStateFormat.Write(new WireWriter(bytes), state);

        HashOf(bytes.WrittenSpan).Should().Be("5a951318128323f1a3c34c12e61fc893252badece12827c548a110a361ef3333");
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
