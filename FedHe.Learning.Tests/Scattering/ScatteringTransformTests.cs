using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Scattering;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Tests.Scattering;

/// <summary>Scattering features follow their definition, and depend on one image alone.</summary>
public sealed class ScatteringTransformTests
{
    private const int Orientations = 8;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Waves_OfAScale_SeeNoConstant(int scale)
    {
        Tensor waves = MorletFilters.Waves(scale, Orientations);
        int plane = waves.Shape[2] * waves.Shape[3];
        for (int i = 0; i < waves.Shape[0]; i++)
        {
            ReadOnlySpan<float> wave = waves.Values.Slice(i * plane, plane);
            double sum = 0;
            double size = 0;
            foreach (float value in wave)
            {
                sum += value;
                size += Math.Abs(value);
            }

            Math.Abs(sum).Should().BeLessThan(1e-6);
            size.Should().BeGreaterThan(0.3);
        }

        double whole = 0;
        foreach (float value in MorletFilters.Average(2).Values)
        {
            whole += value;
        }

        whole.Should().BeApproximately(1, 1e-5);
    }

    [Fact]
    public void Waves_OfAScale_FindTheEdgesOfTheirOrientation()
    {
        // Stripes of one orientation wake the filter of that orientation most.
        for (int orientation = 0; orientation < Orientations; orientation++)
        {
            double angle = Math.PI * orientation / Orientations;
            var image = Tensor.Zeros([1, 1, 28, 28]);
            for (int i = 0; i < 28 * 28; i++)
            {
                image.Values[i] = (float)Math.Cos(3 * Math.PI / 4 * ((i % 28 * Math.Cos(angle)) + (i / 28 * Math.Sin(angle))));
            }

            double[] responses = [.. Enumerable.Range(0, Orientations).Select(filter => Magnitude(image, MorletFilters.Waves(0, Orientations), filter, 14, 14))];
            Array.IndexOf(responses, responses.Max()).Should().Be(orientation);
        }
    }

    [Fact]
    public void Features_OfADigit_AreThoseOfTheDefinition()
    {
        Dataset digits = SyntheticDigits.Generate(2, seed: 5);
        Dataset features = ScatteringTransform.Apply(digits);
        features.SampleShape.Should().Equal(81, 7, 7);
        features.Labels.ToArray().Should().Equal(digits.Labels.ToArray());
        Tensor image = digits.GatherFeatures([1]);

        // The group of the channels 0 to 2: the average, and two orientations of the fine scale, by direct sums.
        Tensor fine = MorletFilters.Waves(0, Orientations);
        double[] group = new double[3 * 49];
        for (int i = 0; i < 49; i++)
        {
            (int y, int x) = (4 * (i / 7), 4 * (i % 7));
            group[i] = Average((v, u) => At(image, v, u), y, x);
            group[49 + i] = Average((v, u) => Magnitude(image, fine, 0, v, u), y, x);
            group[98 + i] = Average((v, u) => Magnitude(image, fine, 1, v, u), y, x);
        }

        double mean = group.Average();
        double variance = group.Average(value => (value - mean) * (value - mean)) + 1e-5;
        for (int i = 0; i < group.Length; i++)
        {
            features.Features.Values[(81 * 49) + i].Should().BeApproximately((float)((group[i] - mean) / Math.Sqrt(variance)), 1e-3f);
        }
    }

    [Fact]
    public void Features_OfAnImage_DoNotDependOnOtherImagesNorOnThreads()
    {
        Dataset digits = SyntheticDigits.Generate(40, seed: 6);
        Dataset together = ScatteringTransform.Apply(digits, degree: 2);
        for (int i = 0; i < 40; i += 13)
        {
            Dataset alone = ScatteringTransform.Apply(digits.Subset([i]));
            together.Features.Values.Slice(i * 81 * 49, 81 * 49).SequenceEqual(alone.Features.Values).Should().BeTrue($"of image {i}");
        }
    }

    [Theory]
    [InlineData(3, 28, 28)]
    [InlineData(1, 27, 28)]
    [InlineData(1, 4, 4)]
    public void Samples_ThatAreNoSuchImages_AreRefused(int channels, int height, int width)
    {
        var dataset = new Dataset("images", Tensor.Zeros([2, channels, height, width]), [0, 0], ["a"]);
        Action apply = () => ScatteringTransform.Apply(dataset);
        apply.Should().Throw<ArgumentException>().WithMessage("*gray images*");
    }

    private static double Average(Func<int, int, double> values, int y, int x)
    {
        Tensor window = MorletFilters.Average(2);
        int side = window.Shape[2];
        double sum = 0;
        for (int i = 0; i < side * side; i++)
        {
            (int v, int u) = (y + (i / side) - (side / 2), x + (i % side) - (side / 2));
            sum += v is >= 0 and < 28 && u is >= 0 and < 28 ? window.Values[i] * values(v, u) : 0;
        }

        return sum;
    }

    private static double Magnitude(Tensor image, Tensor waves, int filter, int y, int x)
    {
        int side = waves.Shape[2];
        double real = 0;
        double imaginary = 0;
        for (int i = 0; i < side * side; i++)
        {
            double value = At(image, y + (i / side) - (side / 2), x + (i % side) - (side / 2));
            real += value * waves.Values[(2 * filter * side * side) + i];
            imaginary += value * waves.Values[(((2 * filter) + 1) * side * side) + i];
        }

        return Math.Sqrt((real * real) + (imaginary * imaginary));
    }

    private static double At(Tensor image, int y, int x) => y is >= 0 and < 28 && x is >= 0 and < 28 ? image.Values[(y * 28) + x] : 0;
}
