using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;

namespace FedHe.Learning.Tests.Data;

public sealed class SyntheticDigitsTests
{
    [Fact]
    public void Generate_EqualSeeds_GiveEqualImages()
    {
        Dataset first = SyntheticDigits.Generate(50, seed: 5);
        Dataset second = SyntheticDigits.Generate(50, seed: 5);
        first.Features.Values.SequenceEqual(second.Features.Values).Should().BeTrue();
        first.Labels.SequenceEqual(second.Labels).Should().BeTrue();
        SyntheticDigits.Generate(50, seed: 6).Features.Values.SequenceEqual(first.Features.Values).Should().BeFalse();
    }

    [Fact]
    public void Generate_Images_AreBalancedVariedAndLegible()
    {
        Dataset digits = SyntheticDigits.Generate(1000, seed: 1);
        digits.SampleShape.Should().Equal(1, 28, 28);
        digits.Labels.ToArray().CountBy(label => label).Should().HaveCount(10).And.OnlyContain(pair => pair.Value == 100);
        digits.Features.Values.ToArray().Should().OnlyContain(pixel => pixel >= 0 && pixel <= 1);

        int[] ink = Enumerable.Range(0, digits.Count)
            .Select(sample => digits.Features.Values.Slice(sample * 784, 784).ToArray().Count(pixel => pixel > 0.5f)).ToArray();
        ink.Should().OnlyContain(count => count > 15 && count < 350, "every image shows a stroke on an empty ground");
        ink.Distinct().Count().Should().BeGreaterThan(50);
    }
}
