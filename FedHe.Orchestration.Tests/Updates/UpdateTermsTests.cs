using System.Buffers;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Integers;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Privacy;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>The bytes of update terms, as docs/wire-format.md has them, and the bits of integers.</summary>
public sealed class UpdateTermsTests
{
    private const string OfModels = "010000";
    private const string WithPrivacy = "0201000000000000503f004000000000000001010000000000002040f168e388b5f8e43e000000000000f03f020000000000005940000000000000e03f040000000100000001000000";

    [Theory]
    [InlineData(false, OfModels)]
    [InlineData(true, WithPrivacy)]
    public void Terms_HaveTheirBytes(bool isPrivate, string expected)
    {
        UpdateTerms terms = isPrivate ? new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTermsTests.Terms()) : new UpdateTerms();
        var bytes = new ArrayBufferWriter<byte>();

        terms.Write(new WireWriter(bytes));

        Convert.ToHexStringLower(bytes.WrittenSpan).Should().Be(expected);
        var reader = new WireReader(bytes.WrittenSpan);
        UpdateTerms.Read(ref reader).Should().Be(terms);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(8, 4)]
    [InlineData(9, 5)]
    [InlineData(1024, 11)]
    [InlineData(1025, 12)]
    [InlineData(1L << 31, 32)]
    public void Bits_OfABound_HoldItAndNotTwiceAsMuch(long bound, int bits) => IntegerUpdates.BitsOf(bound).Should().Be(bits);

    [Theory]
    [InlineData(0)]
    [InlineData((1L << 31) + 1)]
    public void Bound_OutOfRange_IsRefused(long bound)
    {
        Action create = () => _ = new IntegerTerms(1, bound);

        create.Should().Throw<ArgumentOutOfRangeException>();
    }
}
