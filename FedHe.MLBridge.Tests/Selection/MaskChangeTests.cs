using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;

namespace FedHe.MLBridge.Tests.Selection;

public sealed class MaskChangeTests
{
    private static readonly ModelLayout Layout = new(
        new TensorSpec("a", ElementType.Float32, [10], 1),
        new TensorSpec("b", ElementType.Float32, [20], 1),
        new TensorSpec("c", ElementType.Float32, [70], 1));

    [Fact]
    public void Between_TwoMasks_CountsWhatChangesAndWhatWasExposed()
    {
        var change = MaskChange.Between(Layout, Mask("a", "b"), Mask("b", "c"));

        change.NewlyEncrypted.Should().Be(70);
        change.NewlyClear.Should().Be(10);
        change.EncryptedAfterExposure.Should().Be(70);
        change.NeverExposed.Digest.Should().Be(Mask("b").Digest);
        change.ExposedCount.Should().Be(80);
    }

    [Fact]
    public void Between_SeveralChanges_KeepsTheUnionOfWhatWasExposed()
    {
        var first = MaskChange.Between(Layout, Mask("a", "b"), Mask("b", "c"));
        var second = MaskChange.Between(Layout, Mask("b", "c"), Mask("a", "c"), first.NeverExposed);
        var third = MaskChange.Between(Layout, Mask("a", "c"), EncryptionMask.All(Layout), second.NeverExposed);

        second.ExposedCount.Should().Be(100);
        second.EncryptedAfterExposure.Should().Be(80, "every value was in clear under one of the three masks");
        third.NewlyEncrypted.Should().Be(20);
        third.EncryptedAfterExposure.Should().Be(100);
        third.ExposedCount.Should().Be(100, "encryption takes nothing back");
    }

    [Fact]
    public void Between_RecordThroughItsBytes_GoesOnTheSame()
    {
        var first = MaskChange.Between(Layout, Mask("a", "b"), Mask("b", "c"));
        byte[] stored = TestFederation.Bytes(first.NeverExposed.WriteTo);
        EncryptionMask.TryRead(stored, Layout, out EncryptionMask? record, out _).Should().BeTrue();

        MaskChange.Between(Layout, Mask("b", "c"), Mask("b"), record).ExposedCount.Should().Be(80);
    }

    [Fact]
    public void ToString_SaysWhatChangesAndThatNothingIsTakenBack()
        => MaskChange.Between(Layout, Mask("a", "b"), Mask("b", "c")).ToString().Should().Be(
            "70 values newly encrypted, 10 newly in clear. 80 of 100 exposed so far (80.0 %), " +
            "of which 70 are encrypted from now on: that hides what becomes of them, not what they were.");

    [Fact]
    public void Between_MasksOfOtherLayouts_IsRefused()
    {
        EncryptionMask other = EncryptionMask.All(TestModels.Line(100));
        Action before = () => MaskChange.Between(Layout, other, Mask("a"));
        Action after = () => MaskChange.Between(Layout, Mask("a"), other);
        Action record = () => MaskChange.Between(Layout, Mask("a"), Mask("b"), other);

        before.Should().Throw<HeMismatchException>();
        after.Should().Throw<HeMismatchException>();
        record.Should().Throw<HeMismatchException>();
    }

    private static EncryptionMask Mask(params string[] names) => EncryptionMask.Layers(Layout, names);
}
