using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Randomness;
using FedHe.MLBridge.Errors;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Metrics;

namespace FedHe.PrivacyAudit.Tests.Metrics;

/// <summary>Values that follow from the definitions by hand.</summary>
public sealed class ImageSimilarityTests
{
    private static readonly ImagePlanes Noise = Random(1);

    [Fact]
    public void Measures_OfEqualPictures_AreTheirBest()
    {
        ImageScores scores = ImageScores.Of(Noise, Noise);

        scores.MeanSquaredError.Should().Be(0);
        scores.PeakSignalToNoise.Should().Be(double.PositiveInfinity);
        foreach (double one in (double[])
        [
            scores.Structural, scores.MultiScale, scores.SewarMultiScale, scores.UniversalQuality,
            scores.SewarUniversalQuality,
        ])
        {
            one.Should().BeApproximately(1, 1e-9);
        }

        // A small constant keeps the gain below one.
        scores.VisualInformation.Should().BeApproximately(1, 1e-6);
        scores.SewarVisualInformation.Should().BeApproximately(1, 1e-6);
    }

    [Fact]
    public void MeanSquaredErrorAndPsnr_OfAConstantShift_AreItsSquareAndLogarithm()
    {
        ImagePlanes shifted = Map(Noise, value => value + 0.1f);
        ImageSimilarity.MeanSquaredError(Noise, shifted).Should().BeApproximately(0.01, 1e-7);
        ImageSimilarity.PeakSignalToNoise(Noise, shifted).Should().BeApproximately(20, 1e-4);
    }

    [Fact]
    public void Ssim_OfFlatPictures_IsTheLuminanceTerm()
    {
        double expected = ((2 * 0.25 * 0.75) + 1e-4) / ((0.25 * 0.25) + (0.75 * 0.75) + 1e-4);
        ImageSimilarity.StructuralSimilarity(Flat(0.25f), Flat(0.75f)).Should().BeApproximately(expected, 1e-9);
    }

    [Fact]
    public void MultiScale_OfFlatPictures_IsTheLastLuminanceToItsWeight()
    {
        double luminance = ((2 * 0.25 * 0.75) + 1e-4) / ((0.25 * 0.25) + (0.75 * 0.75) + 1e-4);
        ImageSimilarity.MultiScaleSimilarity(Flat(0.25f), Flat(0.75f))
            .Should().BeApproximately(Math.Pow(luminance, 0.2856 / (0.0448 + 0.2856)), 1e-9);
        ImageSimilarity.SewarMultiScaleSimilarity(Flat(0.25f), Flat(0.75f))
            .Should().BeApproximately(Math.Pow(luminance, 0.2856), 1e-9);
    }

    [Fact]
    public void Ssim_OfOneWindow_FollowsTheDefinition()
    {
        ImagePlanes x = Random(2, side: 11);
        ImagePlanes y = Random(3, side: 11);
        double[] weights = new double[121];
        for (int i = 0; i < 121; i++)
        {
            double squared = Math.Pow((i / 11) - 5, 2) + Math.Pow((i % 11) - 5, 2);
            weights[i] = Math.Exp(-squared / (2 * 1.5 * 1.5));
        }

        double total = weights.Sum();
        double Expect(Func<int, double> value) => Enumerable.Range(0, 121).Sum(i => weights[i] / total * value(i));
        double expected = Enumerable.Range(0, 3).Average(channel =>
        {
            double[] a = [.. x.Pixels.ToArray().Skip(channel * 121).Take(121).Select(value => (double)value)];
            double[] b = [.. y.Pixels.ToArray().Skip(channel * 121).Take(121).Select(value => (double)value)];
            (double ma, double mb) = (Expect(i => a[i]), Expect(i => b[i]));
            double va = Expect(i => (a[i] - ma) * (a[i] - ma));
            double vb = Expect(i => (b[i] - mb) * (b[i] - mb));
            double cov = Expect(i => (a[i] - ma) * (b[i] - mb));
            return ((2 * ma * mb) + 1e-4) * ((2 * cov) + 9e-4) / (((ma * ma) + (mb * mb) + 1e-4) * (va + vb + 9e-4));
        });

        ImageSimilarity.StructuralSimilarity(x, y).Should().BeApproximately(expected, 1e-9);
    }

    [Fact]
    public void UniversalQuality_OfScaledPicture_FollowsTheDefinition()
    {
        // y = 2x: covariance 2v, variances v and 4v, means m and 2m give (4 * 2v * 2m^2) / (5v * 5m^2).
        ImagePlanes half = Map(Noise, value => value / 2);
        ImageSimilarity.UniversalQuality(half, Noise).Should().BeApproximately(16.0 / 25, 1e-6);
    }

    [Fact]
    public void UniversalQuality_OfIndependentNoise_IsNearZeroAndItsSewarFormIsNot()
    {
        ImageSimilarity.UniversalQuality(Noise, Random(4)).Should().BeInRange(-0.1, 0.1);
        ImageSimilarity.SewarUniversalQuality(Noise, Random(4)).Should().BeInRange(0.6, 0.85);
    }

    [Fact]
    public void UniversalQuality_OfFlatPictures_IsTheLuminanceTerm()
        => ImageSimilarity.UniversalQuality(Flat(0.25f), Flat(0.75f)).Should().BeApproximately(0.6, 1e-9);

    [Fact]
    public void VisualInformation_OfUnrelatedFlatAndEnhancedPictures_IsZeroLowAndAboveOne()
    {
        ImageSimilarity.VisualInformation(Noise, Flat(0.5f)).Should().Be(0);
        ImageSimilarity.VisualInformation(Noise, Random(4)).Should().BeInRange(0, 0.05);
        ImageSimilarity.VisualInformation(Map(Noise, value => 0.25f + (value / 2)), Noise).Should().BeGreaterThan(1.05);
    }

    [Fact]
    public void VisualInformation_OfOneScaleOfAScaledPicture_FollowsTheDefinition()
    {
        // 17 x 17 has one window. y = x / 2: gain 1/2, no noise.
        ImagePlanes x = new(1, 17, 17, Random(5, side: 17).Pixels[..289]);
        double[] taps = [.. Enumerable.Range(0, 17).Select(i => Math.Exp(-Math.Pow(i - 8, 2) / (2 * 3.4 * 3.4)))];
        double sum = taps.Sum();
        double Expect(Func<double, double> f)
            => Enumerable.Range(0, 289).Sum(i => taps[i / 17] * taps[i % 17] / (sum * sum) * f(x.Pixels.Span[i] * 255.0));
        double variance = Expect(v => v * v) - Math.Pow(Expect(v => v), 2);
        double expected = Math.Log(1 + (variance / 4 / 2)) / Math.Log(1 + (variance / 2));

        ImageSimilarity.VisualInformation(x, Map(x, value => value / 2)).Should().BeApproximately(expected, 1e-6);
    }

    [Fact]
    public void FilterOfAPlaneSmallerThanItsWindow_ChangesPlacesWithIt()
    {
        // One pixel under three taps gives the taps' product at every place; a slanted pair tells the direction.
        var pixel = new Plane(1, 1, [2]);
        pixel.Filter([0.25, 0.5, 0.25]).Values.Should().Equal(0.125, 0.25, 0.125, 0.25, 0.5, 0.25, 0.125, 0.25, 0.125);
        var pair = new Plane(1, 2, [1, 0]);
        pair.Filter([0.25, 0.5, 0.25]).Values.Should().Equal(0.125, 0.0625, 0.25, 0.125, 0.125, 0.0625);
    }

    [Fact]
    public void Scores_OfPicturesTooSmallForAMeasure_AreNoNumbers()
    {
        ImageScores scores = ImageScores.Of(Random(1, side: 8), Random(2, side: 8));
        scores.Structural.Should().Be(double.NaN);
        scores.UniversalQuality.Should().NotBe(double.NaN);
        FluentActions.Invoking(() => ImageSimilarity.StructuralSimilarity(Random(1, side: 8), Random(2, side: 8)))
            .Should().Throw<ArgumentException>().WithMessage("*11 pixels*");
    }

    [Fact]
    public void Measures_OfDifferentSizes_AreRefused()
        => FluentActions.Invoking(() => ImageScores.Of(Noise, Random(1, side: 16))).Should().Throw<ArgumentException>();

    private static ImagePlanes Random(int seed, int side = 32)
    {
        var random = new SeededRandom(seed);
        return new ImagePlanes(3, side, side, Enumerable.Range(0, 3 * side * side).Select(_ => (float)random.NextDouble()).ToArray());
    }

    private static ImagePlanes Flat(float value) => Map(Noise, _ => value);

    private static ImagePlanes Map(ImagePlanes image, Func<float, float> function)
        => image with { Pixels = Array.ConvertAll(image.Pixels.ToArray(), value => function(value)) };
}
