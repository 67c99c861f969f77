using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Tests.RoundKeys;

public sealed class ReferenceWeightTests
{
    [Theory]
    [InlineData(new long[] { 5 }, 5)]
    [InlineData(new long[] { 1, 50, 1000 }, 800)]
    [InlineData(new long[] { 100, 100, 1L << 33 }, 1600)]
    [InlineData(new long[] { long.MaxValue, long.MaxValue }, long.MaxValue)]
    public void Reference_OfWeights_IsTheLargestButAtMostSixteenTimesTheMedian(long[] weights, long expected)
        => ReferenceWeight.Of(weights).Should().Be(expected);

    [Fact]
    public void Reference_WhereHalfOfTheClientsWeighNearlyNothing_KeepsHonestListsEvenEnough()
    {
        long[] weights = [.. Enumerable.Repeat(1L, 49), .. Enumerable.Repeat(1000L, 50), 16000];

        long reference = ReferenceWeight.Of(weights);

        double loss = weights.Length / weights.Sum(weight => Math.Min(1, (double)weight / reference));
        loss.Should().BeLessThanOrEqualTo(8, "clients refuse lists with a loss above 16, and some clients may drop out");
        reference.Should().Be(4000, "24 is the loss under the largest weight, 14 under half of it");
    }
}
