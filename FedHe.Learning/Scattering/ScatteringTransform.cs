using FedHe.Learning.Autodiff;
using FedHe.Learning.Data;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Scattering;

/// <summary>
/// A scattering transform turns gray images into features without learning: averaged magnitudes of wavelet coefficients, and of wavelet coefficients of those
/// magnitudes. Nothing of it depends on data, so that it costs nothing under differential privacy.
/// </summary>
/// <remarks>
/// Two scales and eight orientations give 1 + 16 + 64 = 81 channels of a quarter of the height and width. Each group of three channels of one image is then shifted and scaled to
/// mean 0 and variance 1, by numbers of that image alone. Sources: Bruna and Mallat, "Invariant Scattering Convolution Networks", TPAMI 2013; Tramer and Boneh,
/// "Differentially Private Learning Needs Better Features (or Much More Data)", ICLR 2021.
/// </remarks>
public static class ScatteringTransform
{
    /// <summary>The number of channels of the features.</summary>
    public const int Channels = 1 + (2 * Orientations) + (Orientations * Orientations);

    private const int Orientations = 8;
    private const int Scales = 2;
    private const int GroupSize = 3;
    private const int BatchSize = 16;
    private const double SmallestVariance = 1e-5;

    /// <summary>Transforms every image of a dataset by itself.</summary>
    /// <param name="dataset">Images [1, height, width], whose height and width are multiples of 4, at least 8.</param>
    /// <param name="degree">The largest number of threads, at least 1.</param>
    /// <returns>The features, [81, height / 4, width / 4] of each image, with the same labels.</returns>
    /// <exception cref="ArgumentException">The samples are not such images.</exception>
    public static Dataset Apply(Dataset dataset, int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        TensorShape shape = dataset.SampleShape;
        if (shape.Rank != 3 || shape[0] != 1 || shape[1] % 4 != 0 || shape[2] % 4 != 0 || shape[1] < 8 || shape[2] < 8)
        {
            throw new ArgumentException(
                $"The scattering transform needs gray images [1, height, width] whose sides are multiples of 4, at least 8, not samples of the shape {shape}.", nameof(dataset));
        }

        int plane = shape[1] / 4 * (shape[2] / 4);
        int length = Channels * plane;
        var features = Tensor.Zeros([dataset.Count, Channels, shape[1] / 4, shape[2] / 4]);
        var filters = new Filters(MorletFilters.Waves(0, Orientations), MorletFilters.Waves(1, Orientations), MorletFilters.Average(2), MorletFilters.Average(1));
        int batches = (dataset.Count + BatchSize - 1) / BatchSize;
        Parallel.For(0, batches, new ParallelOptions { MaxDegreeOfParallelism = degree }, batch =>
        {
            int first = batch * BatchSize;
            int count = Math.Min(BatchSize, dataset.Count - first);
            Tensor images = dataset.GatherFeatures([.. Enumerable.Range(first, count)]);
            Scatter(images, filters, features.Values.Slice(first * length, count * length), plane);
            for (int sample = first; sample < first + count; sample++)
            {
                Normalize(features.Values.Slice(sample * length, length), GroupSize * plane);
            }
        });
        return new Dataset(dataset.Name, features, dataset.Labels.ToArray(), dataset.ClassNames, dataset.Notes);
    }

    private static void Scatter(Tensor images, Filters filters, Span<float> features, int plane)
    {
        int count = images.Shape[0];
        Write(Convolve(images, filters.AverageOfFour, 4), channels: 1, channel: 0, features, plane, count);
        for (int scale = 0; scale < Scales; scale++)
        {
            Tensor magnitudes = Magnitudes(Convolve(images, scale == 0 ? filters.Fine : filters.Coarse, 1 << scale));
            Write(Smooth(magnitudes, filters, scale), Orientations, 1 + (scale * Orientations), features, plane, count);
            if (scale == 0)
            {
                Tensor second = Magnitudes(Convolve(Planes(magnitudes), filters.Coarse, 2));
                Write(Smooth(second, filters, 1), Orientations * Orientations, 1 + (Scales * Orientations), features, plane, count);
            }
        }
    }

    /// <summary>Averages planes that have been shrunk by 2^scale already, down to a quarter of the image.</summary>
    private static Tensor Smooth(Tensor magnitudes, Filters filters, int scale)
        => Convolve(Planes(magnitudes), scale == 0 ? filters.AverageOfFour : filters.AverageOfTwo, 4 >> scale);

    private static Tensor Planes(Tensor images)
        => images.Reshape([images.Shape[0] * images.Shape[1], 1, images.Shape[2], images.Shape[3]]);

    private static Tensor Convolve(Tensor images, Tensor weights, int stride)
        => Operations.Conv2d(Variable.Constant(images), Variable.Constant(weights), stride, (weights.Shape[2] - 1) / 2).Value;

    private static Tensor Magnitudes(Tensor parts)
    {
        TensorShape shape = parts.Shape;
        int plane = shape[2] * shape[3];
        var magnitudes = Tensor.Zeros([shape[0], shape[1] / 2, shape[2], shape[3]]);
        for (int i = 0; i < magnitudes.Length / plane; i++)
        {
            ReadOnlySpan<float> pair = parts.Values.Slice(2 * i * plane, 2 * plane);
            Span<float> result = magnitudes.Values.Slice(i * plane, plane);
            for (int j = 0; j < plane; j++)
            {
                result[j] = MathF.Sqrt((pair[j] * pair[j]) + (pair[plane + j] * pair[plane + j]));
            }
        }

        return magnitudes;
    }

    private static void Write(Tensor averages, int channels, int channel, Span<float> features, int plane, int count)
    {
        for (int sample = 0; sample < count; sample++)
        {
            averages.Values.Slice(sample * channels * plane, channels * plane).CopyTo(features[(((sample * Channels) + channel) * plane)..]);
        }
    }

    private static void Normalize(Span<float> features, int run)
    {
        for (int start = 0; start < features.Length; start += run)
        {
            Span<float> group = features.Slice(start, run);
            double mean = 0;
            foreach (float value in group)
            {
                mean += value / (double)run;
            }

            double variance = SmallestVariance;
            foreach (float value in group)
            {
                variance += (value - mean) * (value - mean) / run;
            }

            foreach (ref float value in group)
            {
                value = (float)((value - mean) / Math.Sqrt(variance));
            }
        }
    }

    /// <summary>The weights: waves of both scales, and averages for planes that shrink by four and by two.</summary>
    private sealed record Filters(Tensor Fine, Tensor Coarse, Tensor AverageOfFour, Tensor AverageOfTwo);
}
