using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Metrics;

/// <summary>Structural similarity at one scale.</summary>
/// <param name="Similarity">Luminance, contrast and structure.</param>
/// <param name="ContrastStructure">Contrast and structure only.</param>
internal readonly record struct Structure(double Similarity, double ContrastStructure)
{
    public const int Window = 11;
    private const double Sigma = 1.5;
    private const double C1 = 0.01 * 0.01;
    private const double C2 = 0.03 * 0.03;

    public static Structure Of(Plane x, Plane y)
    {
        if (x.Height < Window || x.Width < Window)
        {
            throw Throw.TooSmall(Window);
        }

        var moments = new Moments(x, y, Plane.Gaussian(Window, Sigma));
        Plane luminance = Plane.Combine(
            moments.MeanX, moments.MeanY, static (mx, my) => ((2 * mx * my) + C1) / ((mx * mx) + (my * my) + C1));
        Plane spread = Plane.Combine(moments.VarianceX, moments.VarianceY, static (vx, vy) => vx + vy + C2);
        Plane contrast = Plane.Combine(moments.Covariance, spread, static (covariance, total) => ((2 * covariance) + C2) / total);
        return new Structure((luminance * contrast).Mean, contrast.Mean);
    }
}
