using FedHe.Crypto.Bounds;

namespace FedHe.Crypto.Tests.Ciphertexts;

public sealed class VectorBoundTests
{
    [Fact]
    public void Add_TwoBounds_AddsEveryFigure()
    {
        VectorBound sum = new VectorBound(1, 0.5, 3, 9).Add(new VectorBound(2, 0.25, 4, 16));

        sum.Should().Be(new VectorBound(3, 0.75, 7, 25));
        sum.NoiseSigma.Should().Be(5, "sigmas add in quadrature");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public void Scale_ByEitherSign_ScalesMagnitudesAndSquaresForTheVariance(double factor)
        => new VectorBound(1, 0.5, 2, 4).Scale(factor).Should().Be(new VectorBound(3, 1.5, 6, 36));

    [Fact]
    public void ErrorBound_Always_TakesTheSmallerNoiseBound()
    {
        new VectorBound(1, 0.5, NoiseMax: 2, NoiseVariance: 100).ErrorBound.Should().Be(2.5, "the worst case is smaller");
        new VectorBound(1, 0.5, NoiseMax: 1e9, NoiseVariance: 4).ErrorBound.Should().BeApproximately(0.5 + (2 * 10.597), 1e-9);
    }

    [Fact]
    public void ErrorBound_OfASubGaussianValue_IsExceededWithProbabilityBelow2ToTheMinus80()
    {
        double z = new VectorBound(1, 0, NoiseMax: double.MaxValue, NoiseVariance: 1).ErrorBound;

        (2 * Math.Exp(-z * z / 2)).Should().BeLessThanOrEqualTo(Math.ScaleB(1.001, -80)).And.BeGreaterThan(Math.ScaleB(0.9, -80));
    }

    [Fact]
    public void RoundUp_OfAnyBound_IsNeverSmallerAndHardlyLarger()
    {
        var random = new System.Random(7);
        for (int i = 0; i < 1000; i++)
        {
            var bound = new VectorBound(Draw(), Draw(), Draw(), Draw());
            VectorBound rounded = bound.RoundUp();

            (rounded.MaxAbs / bound.MaxAbs).Should().BeInRange(1, 1 + Math.ScaleB(1, -23));
            (rounded.Rounding / bound.Rounding).Should().BeInRange(1, 1 + Math.ScaleB(1, -23));
            (rounded.NoiseMax / bound.NoiseMax).Should().BeInRange(1, 1 + Math.ScaleB(1, -23));
            (rounded.NoiseVariance / bound.NoiseVariance).Should().BeInRange(1, 1 + Math.ScaleB(1, -11));
            rounded.RoundUp().Should().Be(rounded);
            ((double)(float)rounded.Scale(1).MaxAbs).Should().Be(rounded.MaxAbs, "single precision holds it");
        }

        double Draw() => Math.ScaleB(1 + random.NextDouble(), random.Next(-60, 60));
    }

    [Fact]
    public void Add_OfWeightedBoundsInAnyOrder_IsTheSameToTheLastBit()
    {
        // As many clients and as large sample counts as a federation has, within the sizes that are documented as exact.
        VectorBound fresh = new VectorBound(0.1, 1e-10 / 3, 1e-7 / 3, 1e-18 / 3).RoundUp();
        var random = new System.Random(8);
        VectorBound[] bounds = [.. Enumerable.Range(0, 500).Select(_ => fresh.Scale(1 + random.Next(60_000)))];
        VectorBound expected = bounds.Aggregate((sum, bound) => sum.Add(bound));
        for (int i = 0; i < 20; i++)
        {
            random.Shuffle(bounds);

            bounds.Aggregate((sum, bound) => sum.Add(bound)).Should().Be(expected);
        }
    }

    [Theory]
    [InlineData(double.Epsilon)]
    [InlineData(1e-310)]
    [InlineData(double.MaxValue)]
    public void RoundUp_AtTheEndsOfTheRange_IsNotSmaller(double value)
        => new VectorBound(value, 0, value, 0).RoundUp().MaxAbs.Should().BeGreaterThanOrEqualTo(value);
}
