using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Noise;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Learning.Tests.PerSample;

namespace FedHe.Learning.Tests.PrivateTraining;

public sealed class DistributedGradientTests
{
    private static readonly GradientClipping Clipping = new() { ClipNorm = 0.5, NonFinite = NonFiniteGradients.Refuse };

    [Fact]
    public void Of_TwoParties_AddsUpToTheGradientOfAllRecords()
    {
        Model model = SampleModels.Create("cnn");
        Dataset records = SampleModels.Records(model, 12);
        long[] first = DistributedGradient.Of(model, records.Subset([0, 2, 4, 6, 8]), Clipping).Units.ToArray();
        long[] second = DistributedGradient.Of(model, records.Subset([1, 3, 5, 7, 9, 10, 11]), Clipping).Units.ToArray();
        first.Zip(second, (left, right) => left + right).Should()
            .Equal(DistributedGradient.Of(model, records, Clipping).Units.ToArray());
    }

    [Fact]
    public void Of_ARound_IsTheClippedSumAndLeavesTheModelAlone()
    {
        Model model = SampleModels.Create("lenet");
        Dataset records = SampleModels.Records(model, 9);
        Model before = model.Clone();
        float[] update = DistributedGradient.Of(model, records, Clipping).ToSingles();
        OneByOne.RelativeError(update, OneByOne.ClippedSum(model, records, Clipping.ClipNorm)).Should().BeLessThan(1e-5);
        foreach ((Parameter now, Parameter then) in model.Parameters.Zip(before.Parameters))
        {
            now.Value.Values.SequenceEqual(then.Value.Values).Should().BeTrue();
        }
    }

    [Fact]
    public void Release_Twice_IsRefused()
    {
        Model model = SampleModels.Create("linear");
        ClippedSum sum = DistributedGradient.Of(model, SampleModels.Records(model, 4), Clipping);
        long[] units = sum.Units.ToArray();
        NoisyGradient noisy = sum.Release(new FixedNoise(5, multiplier: 0.25));
        noisy.Units.ToArray().Should().Equal(units.Select(unit => unit + 5));
        (noisy.NoiseMultiplier, noisy.ClipNorm, noisy.LogClipUnits).Should().Be((0.25, 0.5, 30));
        noisy.ToSingles(2)[0].Should().BeApproximately((float)((units[0] + 5) * noisy.UnitSize / 2), 1e-9f);
        sum.Invoking(again => again.Release(NoGradientNoise.Instance)).Should().Throw<InvalidOperationException>().WithMessage("*once*");
    }

    [Fact]
    public void Release_NoiseThatFailed_IsNotTriedAgain()
    {
        Model model = SampleModels.Create("linear");
        ClippedSum sum = DistributedGradient.Of(model, SampleModels.Records(model, 4), Clipping);
        sum.Invoking(failing => failing.Release(new FixedNoise(1) { Failure = new InvalidOperationException("empty") }))
            .Should().Throw<InvalidOperationException>().WithMessage("empty");
        sum.Invoking(again => again.Release(NoGradientNoise.Instance)).Should().Throw<InvalidOperationException>().WithMessage("*once*");
    }
}
