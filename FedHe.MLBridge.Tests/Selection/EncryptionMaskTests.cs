using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
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
        double[] flat = [.. Enumerable.Range(1, Line.ParameterCount)];
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
        const int FixedLength = 48 + 32 + 4 + 1;
        foreach (EncryptionMask mask in Masks())
        {
            byte[] bytes = TestFederation.Bytes(mask.WriteTo);
            bytes.Length.Should().BeLessThanOrEqualTo(FixedLength + ((Line.ParameterCount + 7) / 8));
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

    /// <summary>The extremes, single positions at both ends, runs, and scattered positions of every density.</summary>
    private static IEnumerable<EncryptionMask> Masks()
    {
        int length = Line.ParameterCount;
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
