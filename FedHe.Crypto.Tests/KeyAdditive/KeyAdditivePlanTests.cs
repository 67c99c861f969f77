using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Plans are the smallest that keep their promise, and survive the wire.</summary>
public sealed class KeyAdditivePlanTests
{
    // The tables of docs/parameters.md.
    [Theory]
    [InlineData(3, 8, 10, 23)]
    [InlineData(3, 12, 14, 23)]
    [InlineData(3, 16, 18, 23)]
    [InlineData(3, 20, 22, 25)]
    [InlineData(3, 24, 26, 29)]
    [InlineData(10, 8, 10, 23)]
    [InlineData(10, 12, 14, 23)]
    [InlineData(10, 16, 18, 23)]
    [InlineData(10, 20, 22, 27)]
    [InlineData(10, 24, 26, 31)]
    [InlineData(100, 8, 12, 23)]
    [InlineData(100, 12, 16, 23)]
    [InlineData(100, 16, 20, 24)]
    [InlineData(100, 20, 24, 28)]
    [InlineData(100, 24, 28, 32)]
    [InlineData(1000, 8, 14, 23)]
    [InlineData(1000, 12, 18, 23)]
    [InlineData(1000, 16, 22, 25)]
    [InlineData(1000, 20, 26, 29)]
    [InlineData(1000, 24, 30, 33)]
    public void Plan_FixedPoint_HasTheBitsOfTheDerivation(int contributors, int precision, int keptBits, int modulusBits)
    {
        var plan = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(contributors, precision));
        (plan.KeptBits, plan.KeptBits + plan.DroppedBits).Should().Be((keptBits, modulusBits));
        plan.Degree.Should().Be(2048);
        plan.SecurityLevel.Should().Be(modulusBits <= 27 ? SecurityLevel.Bits192 : SecurityLevel.Bits128);
    }

    [Theory]
    [InlineData(3, 8, 42, 4, 50)]
    [InlineData(3, 12, 30, 2, 38)]
    [InlineData(3, 16, 38, 2, 46)]
    [InlineData(3, 20, 24, 1, 32)]
    [InlineData(3, 24, 28, 1, 36)]
    [InlineData(10, 8, 40, 3, 47)]
    [InlineData(10, 12, 36, 2, 43)]
    [InlineData(10, 16, 45, 2, 49)]
    [InlineData(10, 20, 28, 1, 35)]
    [InlineData(10, 24, 32, 1, 39)]
    [InlineData(100, 8, 36, 2, 42)]
    [InlineData(100, 12, 25, 1, 31)]
    [InlineData(100, 16, 29, 1, 35)]
    [InlineData(100, 20, 33, 1, 39)]
    [InlineData(100, 24, 37, 1, 43)]
    [InlineData(1000, 8, 26, 1, 31)]
    [InlineData(1000, 12, 30, 1, 35)]
    [InlineData(1000, 16, 34, 1, 39)]
    [InlineData(1000, 20, 38, 1, 43)]
    public void Plan_ExactIntegers_HasTheBitsOfTheDerivation(
        int contributors, int precision, int keptBits, int fields, int modulusBits)
    {
        var plan = KeyAdditiveParameters.Plan(
            new KeyAdditiveRequirements(contributors, precision) { Encoding = KeyAdditiveEncoding.ExactIntegers });
        (plan.KeptBits, plan.Fields, plan.KeptBits + plan.DroppedBits).Should().Be((keptBits, fields, modulusBits));
        plan.Degree.Should().Be(modulusBits <= 36 ? 2048 : 4096);
    }

    [Fact]
    public void Plan_OfSumsThatTagsCannotTellApart_IsRefused()
        => FluentActions.Invoking(() => KeyAdditiveParameters.Plan(
                new KeyAdditiveRequirements(1000, 24) { Encoding = KeyAdditiveEncoding.ExactIntegers }))
            .Should().Throw<HeParameterException>("1000*2^42 is above 2^49");

    [Fact]
    public void Plan_WithUnequalFactors_AddsTheirBits()
    {
        var equal = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(10, 20));
        var unequal = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(10, 20) { LeastFactorSum = 10.0 / 16 });
        unequal.KeptBits.Should().Be(equal.KeptBits + 4);
    }

    [Fact]
    public void Plan_BeyondTheModulus_IsRefused()
        => FluentActions.Invoking(() => KeyAdditiveParameters.Plan(
                new KeyAdditiveRequirements(1000, 30) { Encoding = KeyAdditiveEncoding.ExactIntegers }))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.PrecisionExceedsModulus);

    [Theory]
    [InlineData(1, 24)]
    [InlineData(KeyAdditiveRequirements.LargestContributors + 1, 24)]
    [InlineData(10, 3)]
    [InlineData(10, 33)]
    public void Plan_OutOfRange_IsRefused(int contributors, int precision)
        => FluentActions.Invoking(() => KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(contributors, precision)))
            .Should().Throw<ArgumentException>();

    [Fact]
    public void Plan_AtAHigherLevel_TakesALargerRing()
    {
        var plan = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(10, 24) { SecurityLevel = SecurityLevel.Bits192 });
        plan.Degree.Should().Be(4096);
        plan.SecurityLevel.Should().Be(SecurityLevel.Bits192);
    }

    [Theory]
    [InlineData(KeyAdditiveEncoding.FixedPoint)]
    [InlineData(KeyAdditiveEncoding.ExactIntegers)]
    public void Read_OfWritten_IsTheSame(KeyAdditiveEncoding encoding)
    {
        var plan = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(10, 16) { Encoding = encoding });
        KeyAdditiveParameters.Read(BytesOf(plan)).Id.Should().Be(plan.Id);
    }

    [Fact]
    public void Read_OfChangedBytes_IsRefusedOrKeepsItsPromise()
    {
        foreach (KeyAdditiveEncoding encoding in Enum.GetValues<KeyAdditiveEncoding>())
        {
            byte[] bytes = BytesOf(KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(10, 16) { Encoding = encoding }));
            for (int bit = 0; bit < 8 * bytes.Length; bit++)
            {
                byte[] changed = [.. bytes];
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                try
                {
                    var read = KeyAdditiveParameters.Read(changed);
                    read.SecurityLevel.Should().NotBe(SecurityLevel.None);
                    (read.FreshBound.MaxAbs * read.MaxContributors).Should().BeLessThan(read.Capacity);
                }
                catch (HeException refused) when (refused is HeFormatException or HeParameterException)
                {
                    // A typed refusal is the other promised outcome.
                }
            }
        }
    }

    private static byte[] BytesOf(KeyAdditiveParameters parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        parameters.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
