using FedHe.Privacy.Clipping;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Clipping;

/// <summary>All clients that open the same sums of bits have the same bound, bit for bit, and it follows the quantile.</summary>
public sealed class ClipRuleTests
{
    private const int Doubling = 1 << 24;

    [Theory]
    [InlineData(100, 100, -0.1)]
    [InlineData(-100, 100, 0.1)]
    [InlineData(0, 100, 0)]
    [InlineData(50, 100, -0.05)]
    [InlineData(1000, 100, -0.1)]
    [InlineData(-1000, 100, 0.1)]
    public void Position_AfterASumOfBits_FollowsTheFormulaOfThePaper(long sum, int contributors, double logarithm)
    {
        // The rate 0.2 times the fraction less a half.
        int position = ClipRule.Create(quantile: 0.5, rate: 0.2).Next(0, sum, contributors);

        Math.Log(ClipRule.FactorAt(position)).Should().BeApproximately(logarithm, 1e-7);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(Doubling)]
    [InlineData(-Doubling)]
    [InlineData(12_345_678)]
    [InlineData(-987_654_321 / 2)]
    [InlineData(ClipRule.LargestPosition)]
    [InlineData(-ClipRule.LargestPosition)]
    public void Factor_AtAPosition_IsThePowerOfTwo(int position)
        => (ClipRule.FactorAt(position) / Math.Pow(2, (double)position / Doubling)).Should().BeApproximately(1, 1e-14);

    [Theory]
    [InlineData(12_345_678, 0x3ffaa56f9a95b1f3L)]
    [InlineData(-7_654_321, 0x3fe7530aa9553bacL)]
    public void Factor_HasTheseBits(int position, long bits)
        => BitConverter.DoubleToInt64Bits(ClipRule.FactorAt(position)).Should().Be(bits);

    [Fact]
    public void Position_NeverLeavesItsRange()
    {
        ClipRule rule = ClipRule.Create(quantile: 0.5, rate: ClipRule.LargestRate);
        int position = 0;
        for (int round = 0; round < 100; round++)
        {
            position = rule.Next(position, -10, 10);
        }

        position.Should().Be(ClipRule.LargestPosition);
        rule.Next(-ClipRule.LargestPosition, 10, 10).Should().Be(-ClipRule.LargestPosition);
    }

    [Fact]
    public void Rule_OfImpossibleNumbers_IsRefusedByName()
    {
        Refusal.Of(() => ClipRule.Create(0, 0.2), PrivacyError.ProbabilityOutOfRange);
        Refusal.Of(() => ClipRule.Create(0.5, double.NaN), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => ClipRule.Create(0.5, 17), PrivacyError.NoiseOutOfRange);
        ClipRule rule = ClipRule.Create(0.5, 0.2);
        Refusal.Of(() => rule.Next(0, 0, 0), PrivacyError.PartiesOutOfRange);
        Refusal.Of(() => rule.Next(ClipRule.LargestPosition + 1, 0, 1), PrivacyError.ClipOutOfRange);
        Refusal.Of(() => ClipRule.FactorAt(-ClipRule.LargestPosition - 1), PrivacyError.ClipOutOfRange);
    }
}
