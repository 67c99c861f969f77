using FedHe.Privacy.Clipping;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Numerics;
using FedHe.Privacy.Rounding;
using FedHe.Privacy.Sampling;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Rounding;

/// <summary>Rounding keeps the bound that is accounted for, has no bias, and rotations are turned back.</summary>
public sealed class RoundingTests
{
    private const int Seed = 3;

    [Theory]
    [InlineData(0)]
    [InlineData(0.6065)]
    public void Round_OfTheWorstVector_KeepsTheSensitivityExactly(double retry)
    {
        // Halves are rounded with the largest variance.
        const int Dimension = 400;
        GridRounding rounding = GridRounding.Create(clip: 10, step: 1, Dimension, retry);
        double[] values = [.. Enumerable.Repeat(0.4999, Dimension)];
        var rounded = new long[Dimension];
        for (int i = 0; i < 50; i++)
        {
            rounding.Round(values, rounded);
            rounded.Sum(one => one * one).Should().BeLessThanOrEqualTo((long)(rounding.Sensitivity.Two * rounding.Sensitivity.Two));
            rounded.Should().OnlyContain(one => one == 0 || one == 1);
        }

        rounding.Sensitivity.Two.Should().BeGreaterThan(10);
    }

    [Fact]
    public void Sensitivity_OfConditionalRounding_IsThatOfTheTheorem()
    {
        double retry = Math.Exp(-0.5);
        GridRounding rounding = GridRounding.Create(clip: 1, step: 0.01, dimension: 10_000, retry);
        double squared = 10_000 + 2500 + (100 + 50);
        rounding.Sensitivity.Two.Should().BeApproximately(Math.Sqrt(squared), 0.01);
        GridRounding.Create(1, 0.01, 10_000, 0).Sensitivity.Two.Should().BeApproximately(200, 1e-9);
    }

    [Fact]
    public void Round_OfAFraction_HasNoBias()
    {
        GridRounding rounding = GridRounding.Create(clip: 100, step: 0.5, 10_000, 0);
        double[] values = [.. Enumerable.Repeat(-0.1, 10_000)];
        var rounded = new long[10_000];
        rounding.Round(values, rounded);
        rounded.Average().Should().BeApproximately(-0.2, 6 * Math.Sqrt(0.2 * 0.8 / 10_000));
        rounding.Round(new double[10_000], rounded);
        rounded.Should().OnlyContain(one => one == 0);
    }

    [Fact]
    public void Round_OfWhatIsNotClipped_IsRefusedByName()
    {
        GridRounding rounding = GridRounding.Create(1, 0.1, 2, 0.5);
        Refusal.Of(() => rounding.Round([1, 1], new long[2]), PrivacyError.ClipDiffers);
        Refusal.Of(() => rounding.Round([1, double.NaN], new long[2]), PrivacyError.NotFinite);
        Refusal.Of(() => rounding.Round([1], new long[2]), PrivacyError.WrongLength);
        Refusal.Of(() => rounding.Round([1, 0], new long[1]), PrivacyError.WrongLength);
        Refusal.Of(() => GridRounding.Create(0, 0.1, 2, 0.5), PrivacyError.ClipOutOfRange);
        Refusal.Of(() => GridRounding.Create(1, 0, 2, 0.5), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => GridRounding.Create(1, 1e-15, 2, 0.5), PrivacyError.RangeTooSmall);
        Refusal.Of(() => GridRounding.Create(1, 0.1, 0, 0.5), PrivacyError.WrongLength);
        Refusal.Of(() => GridRounding.Create(1, 0.1, 2, 1), PrivacyError.ProbabilityOutOfRange);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(1024)]
    public void Rotation_TurnedBack_GivesTheVector(int dimension)
    {
        double[] values = Values(dimension);
        var rotation = new RandomizedRotation(TestSeed.Of(Seed), dimension);
        double[] rotated = rotation.Rotate(values);
        rotated.Length.Should().Be(rotation.RotatedDimension);
        Norms.Two(rotated).Should().BeApproximately(Norms.Two(values), 1e-9);
        double[] back = rotation.RotateBack(rotated);
        back.Zip(values).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-9);
    }

    [Fact]
    public void Rotation_InMemoryOfTheCallers_GivesTheSameBitsAndLeavesNothingOfWhatWasThere()
    {
        double[] values = Values(1000);
        var rotation = new RandomizedRotation(TestSeed.Of(Seed), 1000);
        double[] there = [.. Enumerable.Repeat(7.0, 1024)];

        rotation.Rotate(values, there);

        there.Should().Equal(rotation.Rotate(values));
        double[] back = rotation.RotateBack(there);
        rotation.RotateBackInPlace(there);
        there[..1000].Should().Equal(back);
        Refusal.Of(() => rotation.Rotate(values, new double[1000]), PrivacyError.WrongLength);
        Refusal.Of(() => rotation.RotateBackInPlace(new double[1000]), PrivacyError.WrongLength);
    }

    [Fact]
    public void Rotation_OfIntegersBack_GivesTheseBits()
    {
        // All clients of a job must have one model, on whatever machine. The digest was computed by a program in another language, from docs/wire-format.md.
        double[] sums = [.. Enumerable.Range(0, 4096).Select(i => (double)(((i * 2_654_435_761L) % 2_000_003) - 1_000_001))];

        new RandomizedRotation(TestSeed.Of(Seed), 4000).RotateBackInPlace(sums);

        byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(sums.AsSpan()).ToArray();
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)).Should().Be("7b97fb5387bd77e0dbac131515c4d578cb60759ff1ffef9ca647aecead709c96");
    }

    [Fact]
    public void Rotation_OfOneLargeValue_SpreadsIt()
    {
        var values = new double[4096];
        values[17] = 1;
        double[] rotated = new RandomizedRotation(TestSeed.Of(Seed), 4096).Rotate(values);
        rotated.Should().OnlyContain(value => Math.Abs(value) < 0.016);
        new RandomizedRotation(TestSeed.Of(Seed + 1), 4096).Rotate(Values(4096)).Should().NotEqual(new RandomizedRotation(TestSeed.Of(Seed), 4096).Rotate(Values(4096)));
    }

    [Fact]
    public void Rotation_OfImpossibleSizes_IsRefused()
    {
        Refusal.Of(() => new RandomizedRotation(TestSeed.Of(1), 0), PrivacyError.WrongLength);
        Refusal.Of(() => new RandomizedRotation(TestSeed.Of(1), (1 << 30) + 1), PrivacyError.WrongLength);
        Refusal.Of(() => new RandomizedRotation(TestSeed.Of(1), 4).Rotate([1, 2, 3]), PrivacyError.WrongLength);
        Refusal.Of(() => new RandomizedRotation(TestSeed.Of(1), 3).RotateBack([1, 2, 3]), PrivacyError.WrongLength);
        Func<RandomizedRotation> seed = () => new RandomizedRotation(new byte[31], 4);
        seed.Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(100, 30)]
    [InlineData(100, 60)]
    [InlineData(4, 20)]
    public void WrapAround_Bounds_AreAboveTheExactTails(double variance, int magnitude)
    {
        double Tail(IReadOnlyList<FixedPoint> half) => 2 * half.Skip(magnitude).Sum(one => one.ToDouble());
        WrapAround.OfDiscreteGaussian(variance, magnitude, 1).Should().BeGreaterThanOrEqualTo(Tail(DiscreteGaussianLayers.Probabilities(FixedPoint.Of(variance))));
        double skellam = Tail(SkellamLayers.Probabilities(FixedPoint.Of(variance)));
        WrapAround.OfSkellam(variance, magnitude, 1).Should().BeGreaterThanOrEqualTo(skellam).And.BeLessThan(skellam * 200);
        WrapAround.OfDiscreteLaplace(variance, 10 * magnitude, 7).Should().BeApproximately(Math.Min(1, 14 * Math.Exp(-10 * magnitude / variance)), 1e-12);
    }

    [Fact]
    public void WrapAround_OfARotatedVector_IsAboveWhatHappens()
    {
        double[] rotated = new RandomizedRotation(TestSeed.Of(Seed), 4096).Rotate(Values(4096));
        double norm = Norms.Two(rotated);
        double largest = rotated.Max(Math.Abs);
        WrapAround.OfRotated(norm, largest, 4096).Should().BeGreaterThan(1e-6);
        WrapAround.OfRotated(norm, norm, 4096).Should().BeLessThan(1e-300);
        Refusal.Of(() => WrapAround.OfRotated(1, 0, 1), PrivacyError.RangeTooSmall);
        Refusal.Of(() => WrapAround.OfSkellam(0, 1, 1), PrivacyError.NoiseOutOfRange);
    }

    private static double[] Values(int length)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)];
    }
}
