using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;

namespace FedHe.MLBridge.Tests.Selection;

public sealed class EncryptionMaskTests
{
    private static readonly ModelLayout Line = new(new TensorSpec("w", ElementType.Float32, [203], 1));

    [Fact]
    public void All_AndInsecureNone_AreTheExtremes()
    {
        EncryptionMask all = EncryptionMask.All(TestModels.Perceptron);
        all.Should().Match<EncryptionMask>(mask => mask.IsAll && mask.EncryptedCount == 79_510 && mask.Ratio == 1);
        EncryptionMask none = EncryptionMask.InsecureNone(TestModels.Perceptron);
        none.Should().Match<EncryptionMask>(mask => !mask.IsAll && mask.ClearCount == 79_510 && mask.Ratio == 0);
        all.Digest.Should().NotBe(none.Digest);
        all.Digest.Should().NotBe(EncryptionMask.All(Line).Digest);
    }

    [Fact]
    public void Layers_ByLayerOrTensorName_SelectsTheirFloatingValues()
    {
        EncryptionMask mask = EncryptionMask.Layers(TestModels.Perceptron, "fc2", "fc1.bias", "norm");
        mask.EncryptedCount.Should().Be(1000 + 10 + 100);
        double[] flat = [.. Enumerable.Range(0, 79_510)];
        var encrypted = new double[mask.EncryptedCount];
        mask.GatherEncrypted<double>(flat, encrypted);
        encrypted.Should().Equal(flat[78_400..]);
        mask.Digest.Should().Be(EncryptionMask.Layers(TestModels.Perceptron, "fc1.bias", "fc2.bias", "fc2.weight").Digest);
    }

    [Fact]
    public void Layers_UnknownNameOrOnlyBuffersOrNothing_IsRefused()
    {
        Action unknown = () => EncryptionMask.Layers(TestModels.Perceptron, "fc2", "fc");
        Action buffers = () => EncryptionMask.Layers(TestModels.Perceptron, "norm");
        Action nothing = () => EncryptionMask.Layers(TestModels.Perceptron);
        unknown.Should().Throw<ArgumentException>().WithMessage("*'fc'*");
        buffers.Should().Throw<ArgumentException>().WithMessage("*InsecureNone*");
        nothing.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void GatherThenScatter_AnySubset_RestoresTheFlatVector()
    {
        double[] flat = [.. Enumerable.Range(1, Line.ToArrayLength())];
        foreach (EncryptionMask mask in Masks())
        {
            var encrypted = new double[mask.EncryptedCount];
            var clear = new double[mask.ClearCount];
            mask.GatherEncrypted<double>(flat, encrypted);
            mask.GatherClear<double>(flat, clear);
            encrypted.Concat(clear).Order().Should().Equal(flat);
            var restored = new double[flat.Length];
            mask.ScatterEncrypted<double>(encrypted, restored);
            mask.ScatterClear<double>(clear, restored);
            restored.Should().Equal(flat);
        }
    }

    [Fact]
    public void Gather_WrongLengths_IsRefused()
    {
        EncryptionMask mask = EncryptionMask.All(Line);
        mask.Invoking(m => m.GatherEncrypted<double>(new double[202], new double[203])).Should().Throw<ArgumentException>();
        mask.Invoking(m => m.GatherEncrypted<double>(new double[203], new double[202])).Should().Throw<ArgumentException>();
        mask.Invoking(m => m.ScatterClear<double>(new double[1], new double[203])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Bytes_RoundTripOfAnySubset_AreCanonicalAndNeverLongerThanABitmap()
    {
        const int FixedLength = 48 + 32 + 8 + 1;
        foreach (EncryptionMask mask in Masks())
        {
            byte[] bytes = TestFederation.Bytes(mask.WriteTo);
            bytes.Length.Should().BeLessThanOrEqualTo(FixedLength + ((Line.ToArrayLength() + 7) / 8));
            EncryptionMask.TryRead(bytes, Line, out EncryptionMask? read, out _).Should().BeTrue();
            read!.Digest.Should().Be(mask.Digest);
            read.EncryptedCount.Should().Be(mask.EncryptedCount);
        }
    }

    [Fact]
    public void TryRead_MaskOfAnotherLayout_IsRefusedAsOtherTerms()
    {
        byte[] bytes = TestFederation.Bytes(EncryptionMask.All(Line).WriteTo);
        var other = new ModelLayout(new TensorSpec("v", ElementType.Float32, [203], 1));
        EncryptionMask.TryRead(bytes, other, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.WrongTerms);
    }

    [Fact]
    public void TryRead_HostileBytes_OnlyEverAnswersAndAcceptsOnlyCanonicalBytes()
    {
        (bool, FormatError) Parse(byte[] input)
        {
            bool accepted = EncryptionMask.TryRead(input, Line, out EncryptionMask? mask, out FormatError reason);
            Assert.True(!accepted || TestFederation.Bytes(mask!.WriteTo).SequenceEqual(input));
            return (accepted, reason);
        }

        foreach (EncryptionMask mask in Masks())
        {
            byte[] bytes = TestFederation.Bytes(mask.WriteTo);
            Tampering.CountAccepted(Tampering.Lengths(bytes), Parse).Should().Be(0);
            Tampering.CountAccepted(Tampering.BitFlips(bytes), Parse);
            Tampering.CountAccepted(Tampering.HostileFields(bytes, 200, seed: 3), Parse);
        }
    }

    [Fact]
    public void Masks_OverBillionsOfValues_AreSmallInBytesAndMemory()
    {
        ModelLayout layout = TestModels.Billions;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var all = EncryptionMask.All(layout);
        var layers = EncryptionMask.Layers(layout, "embed", "head");
        byte[] bytes = TestFederation.Bytes(layers.WriteTo);
        EncryptionMask.TryRead(bytes, layout, out EncryptionMask? read, out _).Should().BeTrue();
        var change = MaskChange.Between(layout, all, layers);
        EncryptionMask policy = (MaskPolicy.Layers("embed") | MaskPolicy.LastLayer).Select(layout);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000_000);

        all.IsAll.Should().BeTrue();
        (layers.EncryptedCount, layers.ClearCount).Should().Be((3_000_000_003, 4_000_000_000));
        bytes.Length.Should().BeLessThan(120);
        read!.Digest.Should().Be(layers.Digest);
        policy.Digest.Should().Be(layers.Digest);
        (change.NewlyClear, change.NewlyEncrypted, change.ExposedCount).Should().Be((4_000_000_000, 0, 4_000_000_000));
        change.NeverExposed.Digest.Should().Be(layers.Digest);
        layers.IsEncrypted(2_999_999_999).Should().BeTrue();
        layers.IsEncrypted(3_000_000_000).Should().BeFalse();
        layers.IsEncrypted(7_000_000_002).Should().BeTrue();
    }

    /// <summary>Bytes that state a length, or runs, of billions have no effect on what is allocated before they are refused.</summary>
    [Theory]
    [InlineData(7_000_000_002L, new byte[] { 5, 5 }, FormatError.Inconsistent)]
    [InlineData(long.MaxValue, new byte[] { 5, 5 }, FormatError.Inconsistent)]
    [InlineData(-1L, new byte[] { 5, 5 }, FormatError.FieldOutOfRange)]
    [InlineData(7_000_000_003L, new byte[] { 5, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, FormatError.FieldOutOfRange)]
    [InlineData(7_000_000_003L, new byte[] { 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, FormatError.FieldOutOfRange)]
    public void TryRead_HugeCounts_AreRefusedBeforeAnythingIsAllocated(long length, byte[] runs, FormatError expected)
    {
        byte[] mask = TestFederation.Bytes(EncryptionMask.All(TestModels.Billions).WriteTo);
        byte[] bytes = [.. mask[..(48 + 32 + 8)], 1, .. runs];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), bytes.Length - 48);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(80), length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        EncryptionMask.TryRead(bytes, TestModels.Billions, out _, out FormatError reason).Should().BeFalse();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(100_000);
        reason.Should().Be(expected);
    }

    [Fact]
    public void TryRead_ABitmapOfBillionsThatIsNotThere_IsRefusedBeforeAnythingIsAllocated()
    {
        byte[] mask = TestFederation.Bytes(EncryptionMask.All(TestModels.Billions).WriteTo);
        byte[] bytes = [.. mask[..(48 + 32 + 8)], 2, .. new byte[1000]];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), bytes.Length - 48);
        long before = GC.GetAllocatedBytesForCurrentThread();
        EncryptionMask.TryRead(bytes, TestModels.Billions, out _, out FormatError reason).Should().BeFalse();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(100_000);
        reason.Should().Be(FormatError.Inconsistent);
    }

    /// <summary>The extremes, single positions at both ends, runs, and scattered positions of every density.</summary>
    private static IEnumerable<EncryptionMask> Masks()
    {
        int length = Line.ToArrayLength();
        yield return EncryptionMask.All(Line);
        yield return EncryptionMask.InsecureNone(Line);
        yield return new EncryptionMask(Line, [new MaskRange(0, 1)]);
        yield return new EncryptionMask(Line, [new MaskRange(length - 1, 1)]);
        yield return new EncryptionMask(Line, [new MaskRange(3, 20), new MaskRange(23, 4), new MaskRange(100, 103)]);
        var random = new Random(11);
        for (int percent = 2; percent < 100; percent += 8)
        {
            yield return new EncryptionMask(
                Line, Enumerable.Range(0, length).Where(_ => random.Next(100) < percent).Select(i => new MaskRange(i, 1)));
        }
    }
}
