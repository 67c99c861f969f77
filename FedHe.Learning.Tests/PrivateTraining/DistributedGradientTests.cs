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
    public void OfPart_OverAllParts_TakesEveryRecordOnceByItsPlace()
    {
        Model model = SampleModels.Create("linear");
        Dataset records = SampleModels.Records(model, 8);
        long[] Sum(params int[] indices) => DistributedGradient.Of(model, records.Subset(indices), Clipping).Units.ToArray();
        long[] Part(int part, int parts, params long[]? places) => DistributedGradient.OfPart(model, records, part, parts, Clipping, places).Units.ToArray();

        Part(0, 3, places: null).Should().Equal(Sum(0, 3, 6));
        Part(2, 3, places: null).Should().Equal(Sum(2, 5));
        Part(7, 9, places: null).Should().Equal(Sum(7));
        Part(8, 9, places: null).Should().OnlyContain(unit => unit == 0, "the part has no record");

        // Places 1 and 4 are empty: those behind them stay in their parts.
        Part(0, 3, 0, 2, 3, 5, 6, 7, 8, 9).Should().Equal(Sum(0, 2, 4, 7));
        Part(1, 3, 0, 2, 3, 5, 6, 7, 8, 9).Should().Equal(Sum(5));
    }

    [Theory]
    [InlineData(-1, 3)]
    [InlineData(3, 3)]
    [InlineData(0, 0)]
    public void OfPart_OfNoSuchPart_IsRefused(int part, int parts)
    {
        Model model = SampleModels.Create("linear");
        Action sum = () => DistributedGradient.OfPart(model, SampleModels.Records(model, 2), part, parts, Clipping);

        sum.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(0L, 0L)]
    [InlineData(0L, -1L)]
    [InlineData(0L, 1L, 2L)]
    public void OfPart_WithoutAPlaceForEachRecord_IsRefused(params long[] places)
    {
        Model model = SampleModels.Create("linear");
        Action sum = () => DistributedGradient.OfPart(model, SampleModels.Records(model, 2), 0, 3, Clipping, places);

        sum.Should().Throw<ArgumentException>().WithParameterName(nameof(places));
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
