using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

public sealed class AggregationTermsTests
{
    private static readonly ModelLayout Layout = TestModels.SmallLayout;

    [Fact]
    public void HiddenWeights_WithValuesInClear_AreRefused()
    {
        Action create = () => _ = new AggregationTerms(Layout, EncryptionMask.Layers(Layout, "conv"), Weighting.Hidden, 10);
        create.Should().Throw<PlanRefusedException>().Which.Error.Should().Be(PlanError.HiddenWeightsNeedFullMask);
    }

    [Fact]
    public void Mask_OfAnotherLayout_IsRefused()
    {
        Action create = () => _ = new AggregationTerms(Layout, EncryptionMask.All(TestModels.Perceptron), Weighting.Clear, 10);
        create.Should().Throw<HeMismatchException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1L << 33)]
    public void MaxWeight_OutOfRange_IsRefused(long maxWeight)
    {
        Action create = () => _ = new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Clear, maxWeight);
        create.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Digest_OfAnyChange_Differs()
    {
        EncryptionMask all = EncryptionMask.All(Layout);
        AggregationTerms[] terms =
        [
            new(Layout, all, Weighting.Clear, 10),
            new(Layout, all, Weighting.Hidden, 10),
            new(Layout, all, Weighting.Clear, 11),
            new(Layout, EncryptionMask.Layers(Layout, "conv"), Weighting.Clear, 10),
            new(TestModels.Perceptron, EncryptionMask.All(TestModels.Perceptron), Weighting.Clear, 10),
        ];
        terms.Should().OnlyHaveUniqueItems();
        terms.Select(t => t.Digest).Should().OnlyHaveUniqueItems();
        terms[0].Should().Be(new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Clear, 10));
    }

    [Fact]
    public void Bytes_RoundTrip_GiveTheSameTerms()
    {
        var terms = new AggregationTerms(Layout, EncryptionMask.Layers(Layout, "conv"), Weighting.Clear, 77);
        AggregationTerms.TryRead(TestFederation.Bytes(terms.WriteTo), WireLimits.Default, out AggregationTerms? read, out _)
            .Should().BeTrue();
        read.Should().Be(terms);
    }

    [Fact]
    public void TryRead_HostileBytes_OnlyEverAnswers()
    {
        byte[] bytes = TestFederation.Bytes(new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Hidden, 77).WriteTo);
        (bool, FormatError) Parse(byte[] input)
            => (AggregationTerms.TryRead(input, WireLimits.Default, out _, out FormatError reason), reason);

        Tampering.CountAccepted(Tampering.Lengths(bytes), Parse).Should().Be(0);
        Tampering.CountAccepted(Tampering.BitFlips(bytes), Parse);
        Tampering.CountAccepted(Tampering.HostileFields(bytes, 2000, seed: 4), Parse);
        Tampering.CountAccepted(Tampering.RandomTails(bytes, 2000, seed: 5), Parse).Should().Be(0);
    }
}
