using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Metrics;

/// <summary>Similarity measures compare a recovered picture with the original and average over the channels.</summary>
/// <remarks>Methods named <c>Sewar...</c> compute what the Python library that the FedML-HE paper used (sewar) computes
/// where it departs from the definition, so that figures can be compared with the paper's.</remarks>
public static class ImageSimilarity
{
    /// <summary>Computes the mean squared difference of the pixels, 0 for equal pictures.</summary>
    /// <exception cref="ArgumentException">The pictures have different sizes.</exception>
    public static double MeanSquaredError(ImagePlanes original, ImagePlanes recovered)
        => OverChannels(original, recovered, 1, static (x, y) => Plane.Combine(x, y, static (a, b) => (a - b) * (a - b)).Mean);

    /// <summary>Computes the peak signal-to-noise ratio in decibels, -10 log10(MSE), infinite for equal pictures.</summary>
    /// <exception cref="ArgumentException">The pictures have different sizes.</exception>
    public static double PeakSignalToNoise(ImagePlanes original, ImagePlanes recovered)
        => -10 * Math.Log10(MeanSquaredError(original, recovered));

    /// <summary>Computes the structural similarity (SSIM), in [-1, 1], 1 for equal pictures.</summary>
    /// <remarks>Source: Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to
    /// Structural Similarity" (2004): Gaussian window of 11 x 11 with sigma 1.5, K1 = 0.01, K2 = 0.03, windows that fit
    /// whole.</remarks>
    /// <exception cref="ArgumentException">The pictures have different sizes, or a side below 11.</exception>
    public static double StructuralSimilarity(ImagePlanes original, ImagePlanes recovered)
        => OverChannels(original, recovered, 1, static (x, y) => Structure.Of(x, y).Similarity);

    /// <summary>Computes the multi-scale structural similarity (MS-SSIM), in [0, 1], 1 for equal pictures.</summary>
    /// <remarks>Source: Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment"
    /// (2003). Its five scales need 176 pixels a side. On smaller pictures the scales whose window fits are used, with
    /// their weights made to sum to one; a negative factor counts as zero.</remarks>
    /// <exception cref="ArgumentException">The pictures have different sizes, or a side below 11.</exception>
    public static double MultiScaleSimilarity(ImagePlanes original, ImagePlanes recovered)
    {
        double[] factors = MultiScale.Factors(original, recovered);
        double[] weights = MultiScale.Weights[..factors.Length];
        double total = weights.Sum();
        return factors.Zip(weights, (factor, weight) => Math.Pow(Math.Max(factor, 0), weight / total))
            .Aggregate(static (a, b) => a * b);
    }

    /// <summary>Computes MS-SSIM as the Python package sewar does.</summary>
    /// <exception cref="ArgumentException">The pictures have different sizes, or a side below 11.</exception>
    /// <remarks>
    /// As many scales as fit are used (two for 32 x 32), with the first of the five weights unchanged; a negative factor is
    /// raised to its power as a complex number, and the real part of the product is the result.
    /// </remarks>
    public static double SewarMultiScaleSimilarity(ImagePlanes original, ImagePlanes recovered)
        => MultiScale.Factors(original, recovered)
            .Zip(MultiScale.Weights, (factor, weight) => System.Numerics.Complex.Pow(factor, weight))
            .Aggregate(static (a, b) => a * b).Real;

    /// <summary>Computes the universal image quality index (UQI), in [-1, 1], 1 for equal pictures.</summary>
    /// <remarks>Source: Wang and Bovik, "A Universal Image Quality Index" (2002): windows of 8 x 8, every
    /// position.</remarks>
    /// <exception cref="ArgumentException">The pictures have different sizes, or a side below 8.</exception>
    public static double UniversalQuality(ImagePlanes original, ImagePlanes recovered)
        => OverChannels(original, recovered, 1, static (x, y) => UniversalQualityIndex.Of(x, y, 1));

    /// <summary>Computes UQI as the Python package sewar does.</summary>
    /// <exception cref="ArgumentException">The pictures have different sizes, or a side below 9.</exception>
    /// <remarks>
    /// The package puts means where the formula has sums, which inflates the index (to 0.7 for two pictures of independent noise,
    /// where the definition gives 0), and leaves out the last window of every row and column.
    /// </remarks>
    public static double SewarUniversalQuality(ImagePlanes original, ImagePlanes recovered)
        => OverChannels(original, recovered, byte.MaxValue, static (x, y) => UniversalQualityIndex.OfSewar(x, y));

    /// <summary>
    /// Computes the visual information fidelity in the pixel domain (VIF-p), 0 for unrelated pictures and 1 for equal pictures.
    /// </summary>
    /// <remarks>
    /// A contrast-enhanced copy has more than 1. Source: Sheikh and Bovik, "Image Information and Visual Quality" (2006),
    /// pixel-domain form: four scales with Gaussian windows of 17, 9, 5 and 3, noise variance 2 on pixels of 0 to 255. Scales
    /// whose window does not fit are left out: two of four for 32 x 32.
    /// </remarks>
    /// <exception cref="ArgumentException">The pictures have different sizes, or a side below 17.</exception>
    public static double VisualInformation(ImagePlanes original, ImagePlanes recovered)
        => OverChannels(original, recovered, byte.MaxValue, static (x, y) => VisualInformationFidelity.Of(x, y, onlyWhatFits: true));

    /// <summary>Computes VIF-p as the Python package sewar does, always with four scales.</summary>
    /// <exception cref="ArgumentException">The pictures have different sizes, or sides that the filters cannot
    /// take.</exception>
    /// <remarks>
    /// Where the picture has become smaller than the window, the two change places in the filter, so that the last scales of
    /// small pictures mean little.
    /// </remarks>
    public static double SewarVisualInformation(ImagePlanes original, ImagePlanes recovered)
        => OverChannels(original, recovered, byte.MaxValue, static (x, y) => VisualInformationFidelity.Of(x, y, onlyWhatFits: false));

    internal static double OverChannels(
        ImagePlanes original, ImagePlanes recovered, double factor, Func<Plane, Plane, double> measure)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(recovered);
        if ((original.Channels, original.Height, original.Width) != (recovered.Channels, recovered.Height, recovered.Width))
        {
            throw Throw.SizesDiffer(nameof(recovered));
        }

        return Enumerable.Range(0, original.Channels)
            .Average(channel => measure(original.Channel(channel, factor), recovered.Channel(channel, factor)));
    }
}
