using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Tags;
using FedHe.Crypto.LinearTags;
using FedHe.TestKit.Hostile;

namespace FedHe.Crypto.Tests.LinearTags;

public sealed class TagModulusTests
{
    [Fact]
    public void Default_IsTheLargestPrimeOf50Bits()
    {
        TagModulus.Default.Prime.Should().Be(1125899906842597);
        for (ulong candidate = TagKernel.MaxLanePrime - 1; candidate >= (ulong)TagModulus.Default.Prime; candidate--)
        {
            ModularArithmetic.IsPrime(candidate).Should().Be(candidate == (ulong)TagModulus.Default.Prime);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-7)]
    [InlineData(2)]
    [InlineData(12289)]
    [InlineData(1L << 50)]
    [InlineData(1125899906842599)]
    [InlineData((1L << 30) - 35)]
    [InlineData((1L << 62) + 135)]
    [InlineData(long.MinValue)]
    public void Modulus_ThatIsNoPrimeOfTheRange_IsRefused(long number)
        => FluentActions.Invoking(() => new TagModulus(number)).Should().Throw<ArgumentException>();

    [Fact]
    public void Modulus_FromLanesToWideArithmetic_ChoosesItsKernel()
    {
        TagModulus.Default.Kernel.Should().BeSameAs(TagKernel.Default);
        TagReference.Wide.Kernel.Should().BeOfType<TagSpecification>();
        new TagModulus((1L << 50) + 55).Kernel.Should().BeOfType<TagSpecification>();
    }

    [Fact]
    public void Tag_InBytes_ReadsBackAsItself()
    {
        foreach (TagModulus modulus in (TagModulus[])[TagModulus.Default, TagReference.Wide])
        {
            ulong p = (ulong)modulus.Prime;
            foreach (LinearTag tag in (LinearTag[])[default, Of(1, 2), Of(p - 1, 0), Of(0, p - 1)])
            {
                var bytes = new byte[LinearTag.SizeInBytes + 1];
                tag.CopyTo(bytes);
                bytes[^1].Should().Be(0);
                modulus.Read(bytes.AsSpan(0, LinearTag.SizeInBytes)).Should().Be(tag);
            }
        }
    }

    [Fact]
    public void TryRead_OfHostileBytes_GivesCanonicalTagsOrAReason()
    {
        TagModulus modulus = TagModulus.Default;
        var original = new byte[LinearTag.SizeInBytes];
        Of((ulong)modulus.Prime - 1, 12345).CopyTo(original);
        var hostile = new HostileBytes(seed: 1);
        for (int i = 0; i < 20_000; i++)
        {
            Check(hostile.Next(original));
        }

        foreach (ReadOnlyMemory<byte> bytes in HostileBytes.ExtremeFields(original, original.Length))
        {
            Check(bytes.Span);
        }

        void Check(ReadOnlySpan<byte> bytes)
        {
            bool isRead = modulus.TryRead(bytes, out LinearTag tag, out FormatError reason);
            isRead.Should().Be(reason == FormatError.None, "seed {0}", hostile.Seed);
            if (isRead)
            {
                var again = new byte[LinearTag.SizeInBytes];
                tag.CopyTo(again);
                bytes.SequenceEqual(again).Should().BeTrue("a tag has one form only");
                Math.Max(tag.Residues.First, tag.Residues.Second).Should().BeLessThan((ulong)modulus.Prime);
            }
            else
            {
                tag.Should().Be(default(LinearTag));
            }
        }
    }

    [Fact]
    public void TryRead_OfResiduesNotBelowThePrime_NamesTheReason()
    {
        ulong p = (ulong)TagModulus.Default.Prime;
        foreach ((ulong first, ulong second) in ((ulong, ulong)[])[(p, 0), (0, p), (ulong.MaxValue, 0), (0, p + 1)])
        {
            var bytes = new byte[LinearTag.SizeInBytes];
            Of(first, second).CopyTo(bytes);
            TagModulus.Default.TryRead(bytes, out _, out FormatError reason).Should().BeFalse();
            reason.Should().Be(FormatError.FieldOutOfRange);
            TagReference.Wide.TryRead(bytes, out _, out _).Should().Be(first < (ulong)TagReference.WidePrime);
        }

        TagModulus.Default.TryRead(new byte[15], out _, out FormatError tooShort).Should().BeFalse();
        TagModulus.Default.TryRead(new byte[17], out _, out FormatError tooLong).Should().BeFalse();
        (tooShort, tooLong).Should().Be((FormatError.Truncated, FormatError.TrailingBytes));
        FluentActions.Invoking(() => TagModulus.Default.Read(new byte[15])).Should().Throw<HeFormatException>();
    }

    [Fact]
    public void Tags_AddedAndSubtracted_WrapModuloThePrime()
    {
        TagModulus modulus = TagModulus.Default;
        ulong p = (ulong)modulus.Prime;
        LinearTag left = Of(p - 1, 3);
        LinearTag right = Of(5, p - 3);

        LinearTag sum = modulus.Add(left, right);

        sum.Should().Be(Of(4, 0));
        modulus.Subtract(sum, right).Should().Be(left);
        modulus.Subtract(default, Of(1, 0)).Should().Be(Of(p - 1, 0));
        modulus.Add(left, default).Should().Be(left);
    }

    [Fact]
    public void Tags_ThatDifferInOneBit_AreNotEqual()
    {
        LinearTag tag = Of(5, 7);
        (tag == Of(5, 7)).Should().BeTrue();
        tag.GetHashCode().Should().Be(Of(5, 7).GetHashCode());
        for (int bit = 0; bit < 64; bit++)
        {
            (tag != Of(5 ^ (1UL << bit), 7)).Should().BeTrue();
            tag.Equals((object)Of(5, 7 ^ (1UL << bit))).Should().BeFalse();
        }
    }

    [Fact]
    public void Parts_OfAnotherModulus_AreRefused()
    {
        using var key = new TagKey(TagReference.GroupKey);
        using SegmentPoints points = key.DeriveSegmentPoints([1], TagModulus.Default);
        using PadKey pads = key.DerivePadKey([1]);
        LinearHash hash = TagReference.HashOf(points, [1]);
        LinearPad pad = pads.PadAt(default, TagModulus.Default);
        LinearPad widePad = pads.PadAt(new PadPosition(0, prime: 1), TagReference.Wide);
        Action[] mixtures =
        [
            () => TagModulus.Default.Tag(hash, widePad),
            () => TagReference.Wide.Tag(hash, widePad),
            () => TagModulus.Default.Tag(default, pad),
            () => TagModulus.Default.Tag(hash, default),
            () => TagModulus.Default.Add(pad, widePad),
            () => TagModulus.Default.Add(pad, default(LinearPad)),
            () => TagModulus.Default.Add(Of(ulong.MaxValue, 0), default),
            () => TagModulus.Default.Subtract(default, Of(0, (ulong)TagModulus.Default.Prime)),
            () => TagModulus.Default.Verify(default, widePad, hash),
            () => TagModulus.Default.Verify(default, default, hash),
            () => TagModulus.Default.Verify(default, pad, default),
            () => TagModulus.Default.Verify(Of(ulong.MaxValue, 0), pad, hash),
            () => points.Concatenate(hash, default),
        ];

        mixtures.Should().AllSatisfy(mixture => mixture.Should().Throw<HeMismatchException>());
    }

    private static LinearTag Of(ulong first, ulong second) => new(new ResiduePair(first, second));
}
