using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Tests.Support;

namespace FedHe.MLBridge.Tests.Layout;

public sealed class ModelLayoutTests
{
    [Fact]
    public void Layout_OfThePerceptron_CountsFloatingParametersAndPlacesThem()
    {
        ModelLayout layout = TestModels.Perceptron;
        layout.ParameterCount.Should().Be(79_510);
        layout.OffsetOf(layout.IndexOf("fc1.bias")).Should().Be(78_400);
        layout.OffsetOf(layout.IndexOf("fc2.weight")).Should().Be(78_500);
        layout["fc2.bias"].Layer.Should().Be("fc2");
        layout.Invoking(l => l.OffsetOf(l.IndexOf("norm.num_batches_tracked"))).Should().Throw<ArgumentException>();
        layout.Invoking(l => l.IndexOf("fc3.bias")).Should().Throw<ArgumentException>().WithMessage("*fc3.bias*");
    }

    [Fact]
    public void TensorSpec_WithEqualContent_IsEqual()
    {
        var spec = new TensorSpec("w", ElementType.Float32, [2, 3], 0.1);
        spec.Should().Be(new TensorSpec("w", ElementType.Float32, [2, 3], 0.1));
        spec.GetHashCode().Should().Be(new TensorSpec("w", ElementType.Float32, [2, 3], 0.1).GetHashCode());
        spec.Should().NotBe(new TensorSpec("w", ElementType.Float32, [3, 2], 0.1));
        spec.Bound.Should().Be(0.1f, "a bound must be a number that the tensor can hold");
    }

    [Theory]
    [InlineData("", ElementType.Float32, 1, 1.0)]
    [InlineData("line\nbreak", ElementType.Float32, 1, 1.0)]
    [InlineData("w", (ElementType)99, 1, 1.0)]
    [InlineData("w", ElementType.Float32, 0, 1.0)]
    [InlineData("w", ElementType.Float32, -1, 1.0)]
    [InlineData("w", ElementType.Float32, 1, 0.0)]
    [InlineData("w", ElementType.Float32, 1, -1.0)]
    [InlineData("w", ElementType.Float32, 1, double.NaN)]
    [InlineData("w", ElementType.Float32, 1, 1e39)]
    [InlineData("w", ElementType.Float16, 1, 65_520.0)]
    [InlineData("w", ElementType.Int64, 1, 1.0)]
    public void TensorSpec_OutOfRange_IsRefused(string name, ElementType type, int length, double bound)
    {
        Action create = () => _ = new TensorSpec(name, type, [length], bound);
        create.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void TensorSpec_WithTooManyElementsOrANameThatIsNoText_IsRefused()
    {
        Action tooMany = () => _ = new TensorSpec("w", ElementType.Float32, [65_536, 65_536, 65_536, 65_536, 65_536], 1);
        Action unpaired = () => _ = new TensorSpec("w\uD800", ElementType.Float32, [1], 1);
        Action tooLong = () => _ = new TensorSpec(new string('é', 129), ElementType.Float32, [1], 1);
        tooMany.Should().Throw<ArgumentException>();
        unpaired.Should().Throw<ArgumentException>();
        tooLong.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Layout_WithoutFloatingTensorOrWithTwoOfAName_IsRefused()
    {
        var weight = new TensorSpec("w", ElementType.Float32, [2], 1);
        Action onlyBuffers = () => _ = new ModelLayout(new TensorSpec("n", ElementType.Int64, []));
        Action twice = () => _ = new ModelLayout(weight, weight);
        Action tooLarge = () => _ = new ModelLayout(
            new TensorSpec("a", ElementType.Float32, [1 << 20, 1 << 20], 1), new TensorSpec("b", ElementType.Int64, []));
        onlyBuffers.Should().Throw<ArgumentException>();
        twice.Should().Throw<ArgumentException>();
        tooLarge.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Layout_OfBillionsOfValues_HasPositionsBeyond31Bits()
    {
        ModelLayout layout = TestModels.Billions;

        layout.ParameterCount.Should().Be(7_000_000_003);
        layout.OffsetOf(layout.IndexOf("head")).Should().Be(7_000_000_000);
        layout.RunAt(6_999_999_999, int.MaxValue).Should().Be(new TensorRun(1, 3_999_999_999, 1));
        layout.RunAt(3_000_000_000, int.MaxValue).Should().Be(new TensorRun(1, 0, int.MaxValue));
        layout.RunAt(7_000_000_001, 5).Should().Be(new TensorRun(2, 1, 2));
        layout.Invoking(subject => subject.RunAt(7_000_000_003, 1)).Should().Throw<ArgumentOutOfRangeException>();
        layout.Invoking(subject => subject.RunAt(-1, 1)).Should().Throw<ArgumentOutOfRangeException>();
        var bytes = new ArrayBufferWriter<byte>();
        layout.WriteTo(bytes);
        ModelLayout.TryRead(bytes.WrittenSpan, new WireLimits(long.MaxValue, 1 << 20), out ModelLayout? read, out _).Should().BeTrue();
        read!.Digest.Should().Be(layout.Digest);
        ModelLayout.TryRead(bytes.WrittenSpan, new WireLimits(7_000_000_002, 1 << 20), out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.LimitExceeded);
    }

    [Fact]
    public void TryRead_CountsThatWouldOverflowTogether_AreRefused()
    {
        // Each tensor may have 2^40 elements, and 2^23 such tensors would have 2^63.
        var one = new ModelLayout(new TensorSpec("a", ElementType.Int64, [1 << 20, 1 << 19]), new TensorSpec("b", ElementType.Float32, [1 << 20, 1 << 19], 1));
        var bytes = new ArrayBufferWriter<byte>();
        one.WriteTo(bytes);
        ModelLayout.TryRead(bytes.WrittenSpan, new WireLimits(long.MaxValue, 1 << 20), out _, out _).Should().BeTrue();
        byte[] larger = bytes.WrittenSpan.ToArray();

        // The first dimension of the first tensor: behind the header, the number of tensors, a name of one letter, type and rank.
        larger.AsSpan(48 + 4 + 3 + 2, 4).Fill(0x7F);
        ModelLayout.TryRead(larger, new WireLimits(long.MaxValue, 1 << 20), out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);
        larger.AsSpan(48 + 4 + 3 + 2, 4).Clear();
        larger[48 + 4 + 3 + 2 + 2] = 0x20;
        ModelLayout.TryRead(larger, new WireLimits(long.MaxValue, 1 << 20), out _, out reason).Should().BeFalse();
        reason.Should().BeOneOf(FormatError.LimitExceeded, FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Arrays_OfMoreValuesThanAnArrayHas_AreRefusedWithWhatIsOpen()
    {
        ModelLayout layout = TestModels.Billions;
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout);
        Action[] arrays =
        [
            () => layout.ToArrayLength(),
            () => layout["body"].ToArrayLength(),
            () => EncryptionMask.All(layout).ToArrayLength(),
            () => SqueezePass.Initial(new SparsificationTerms(10), layout, layout.Digest),
            () => IntegerUpdates.TermsUnder(EncryptionMask.All(layout), 1, 100),
            () => IntegerUpdates.Round(new HugeModel(layout), 1, 100, BoundPolicy.Refuse, out _),
        ];
        foreach (Action array in arrays)
        {
            array.Should().Throw<TooLongForMemoryException>().WithMessage("*IFlatModel*");
        }

        builder.Invoking(subject => subject.Set("body", new float[3])).Should().Throw<ArgumentException>();
        new TensorFlattener(layout).Invoking(subject => subject.Reshape(new double[3], TestModels.Random(TestModels.SmallLayout, 1))).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void WithLocal_OfALayer_LeavesItToItsClient()
    {
        ModelLayout layout = TestModels.Perceptron.WithLocal("fc2", "fc1.bias");
        layout.ParameterCount.Should().Be(78_400);
        layout.Tensors.Select(tensor => tensor.Name).Should().Equal(TestModels.Perceptron.Tensors.Select(tensor => tensor.Name));
        layout["fc2.weight"].IsAggregated.Should().BeFalse();
        layout["fc1.weight"].IsAggregated.Should().BeTrue();
        layout.Digest.Should().NotBe(TestModels.Perceptron.Digest);
        layout.Invoking(l => l.OffsetOf(l.IndexOf("fc1.bias"))).Should().Throw<ArgumentException>();
        var bytes = new ArrayBufferWriter<byte>();
        layout.WriteTo(bytes);
        ModelLayout.TryRead(bytes.WrittenSpan, WireLimits.Default, out ModelLayout? read, out _).Should().BeTrue();
        read!.Digest.Should().Be(layout.Digest);
        read.Tensors.Should().Equal(layout.Tensors);
        layout.Invoking(l => l.WithLocal("fc3")).Should().Throw<ArgumentException>().WithMessage("*fc3*");
        layout.Invoking(l => l.WithLocal("fc1")).Should().Throw<ArgumentException>("nothing is left to average");
    }

    [Fact]
    public void TryRead_OfANegativeZeroAsBound_IsRefused()
    {
        var bytes = new ArrayBufferWriter<byte>();
        new ModelLayout(new TensorSpec("w", ElementType.Float32, [2], 1), TensorSpec.Local("n", ElementType.Float32, [])).WriteTo(bytes);
        byte[] changed = bytes.WrittenSpan.ToArray();
        changed[^1] = 0x80;
        ModelLayout.TryRead(bytes.WrittenSpan, WireLimits.Default, out _, out _).Should().BeTrue();
        ModelLayout.TryRead(changed, WireLimits.Default, out _, out FormatError reason).Should().BeFalse("the layout would have two digests");
        reason.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Digest_OfAnyChange_Differs()
    {
        ModelLayout[] layouts =
        [
            new(new TensorSpec("w", ElementType.Float32, [2, 3], 1)),
            new(new TensorSpec("v", ElementType.Float32, [2, 3], 1)),
            new(new TensorSpec("w", ElementType.Float64, [2, 3], 1)),
            new(new TensorSpec("w", ElementType.Float32, [6], 1)),
            new(new TensorSpec("w", ElementType.Float32, [2, 3], 2)),
            new(new TensorSpec("w", ElementType.Float32, [2, 3], 1), new TensorSpec("n", ElementType.Int64, [])),
        ];
        layouts.Select(layout => layout.Digest).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Bytes_RoundTrip_GiveTheSameLayout()
    {
        byte[] bytes = TestFederation.Bytes(TestModels.SmallLayout.WriteTo);
        ModelLayout.TryRead(bytes, WireLimits.Default, out ModelLayout? read, out _).Should().BeTrue();
        read!.Tensors.Should().Equal(TestModels.SmallLayout.Tensors);
        read.Digest.Should().Be(TestModels.SmallLayout.Digest);
    }

    [Fact]
    public void TryRead_AboveTheLimit_IsRefused()
    {
        byte[] bytes = TestFederation.Bytes(TestModels.Perceptron.WriteTo);
        ModelLayout.TryRead(bytes, WireLimits.ForLength(79_510), out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.LimitExceeded, "the counter is an element too");
    }

    [Fact]
    public void TryRead_HostileBytes_OnlyEverAnswers()
    {
        byte[] bytes = TestFederation.Bytes(TestModels.SmallLayout.WriteTo);
        (bool, FormatError) Parse(byte[] input)
        {
            bool accepted = ModelLayout.TryRead(input, WireLimits.Default, out ModelLayout? layout, out FormatError reason);

            // What is accepted is canonical: it writes the same bytes again.
            Assert.True(!accepted || TestFederation.Bytes(layout!.WriteTo).SequenceEqual(input));
            return (accepted, reason);
        }

        Tampering.CountAccepted(Tampering.Lengths(bytes), Parse).Should().Be(0);
        Tampering.CountAccepted(Tampering.BitFlips(bytes), Parse).Should().BePositive("a flipped letter is another valid name");
        Tampering.CountAccepted(Tampering.HostileFields(bytes, 2000, seed: 1), Parse);
        Tampering.CountAccepted(Tampering.RandomTails(bytes, 2000, seed: 2), Parse);
    }
}
