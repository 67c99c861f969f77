namespace FedHe.PrivacyAudit.Metrics;

/// <summary>Image scores hold every similarity measure of one recovered picture.</summary>
/// <param name="MeanSquaredError">MSE on pixels in [0, 1].</param>
/// <param name="PeakSignalToNoise">PSNR in decibels.</param>
/// <param name="Structural">SSIM.</param>
/// <param name="MultiScale">MS-SSIM.</param>
/// <param name="SewarMultiScale">MS-SSIM as sewar has it.</param>
/// <param name="VisualInformation">VIF-p.</param>
/// <param name="SewarVisualInformation">VIF-p as sewar has it.</param>
/// <param name="UniversalQuality">UQI.</param>
/// <param name="SewarUniversalQuality">UQI as sewar has it.</param>
public sealed record ImageScores(
    double MeanSquaredError,
    double PeakSignalToNoise,
    double Structural,
    double MultiScale,
    double SewarMultiScale,
    double VisualInformation,
    double SewarVisualInformation,
    double UniversalQuality,
    double SewarUniversalQuality)
{
    /// <summary>Computes every measure, with NaN for a measure that needs a larger picture.</summary>
    /// <exception cref="ArgumentException">The pictures have different sizes.</exception>
    public static ImageScores Of(ImagePlanes original, ImagePlanes recovered)
    {
        double mse = ImageSimilarity.MeanSquaredError(original, recovered);
        int side = Math.Min(original.Height, original.Width);
        return new ImageScores(
            mse,
            ImageSimilarity.PeakSignalToNoise(original, recovered),
            From(Structure.Window, ImageSimilarity.StructuralSimilarity),
            From(Structure.Window, ImageSimilarity.MultiScaleSimilarity),
            From(Structure.Window, ImageSimilarity.SewarMultiScaleSimilarity),
            From(17, ImageSimilarity.VisualInformation),
            From(32, ImageSimilarity.SewarVisualInformation),
            From(8, ImageSimilarity.UniversalQuality),
            From(9, ImageSimilarity.SewarUniversalQuality));

        double From(int smallest, Func<ImagePlanes, ImagePlanes, double> measure)
            => side >= smallest ? measure(original, recovered) : double.NaN;
    }
}
