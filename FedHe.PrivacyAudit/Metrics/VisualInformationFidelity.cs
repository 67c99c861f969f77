using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Metrics;

internal static class VisualInformationFidelity
{
    private const int Scales = 4;
    private const double NoiseVariance = 2;
    private const double Tiny = 1e-10;

    public static double Of(Plane reference, Plane distorted, bool onlyWhatFits)
    {
        double kept = 0;
        double total = 0;
        for (int scale = 1; scale <= Scales; scale++)
        {
            int window = (1 << (Scales - scale + 1)) + 1;
            double[] taps = Plane.Gaussian(window, window / 5.0);
            if (scale > 1)
            {
                if (onlyWhatFits && !Fits(reference, window))
                {
                    break;
                }

                reference = reference.Filter(taps).Halve();
                distorted = distorted.Filter(taps).Halve();
            }

            if (onlyWhatFits && !Fits(reference, window))
            {
                break;
            }

            (double keptHere, double totalHere) = InformationAt(new Moments(reference, distorted, taps));
            kept += keptHere;
            total += totalHere;
        }

        // A picture without any contrast carries no information: it is kept whole, or there was none to keep.
        return total > 0 ? kept / total : !onlyWhatFits || Fits(reference, 3) ? 1 : throw Throw.TooSmall(17);
    }

    private static bool Fits(Plane plane, int window) => plane.Height >= window && plane.Width >= window;

    private static (double Kept, double Total) InformationAt(Moments moments)
    {
        double[] variances = moments.VarianceX.Values;
        double[] distortedVariances = moments.VarianceY.Values;
        double[] covariances = moments.Covariance.Values;
        double kept = 0;
        double total = 0;
        for (int i = 0; i < variances.Length; i++)
        {
            double variance = Math.Max(variances[i], 0);
            double distorted = Math.Max(distortedVariances[i], 0);
            double gain = covariances[i] / (variance + Tiny);
            double noise = distorted - (gain * covariances[i]);
            if (variance < Tiny)
            {
                (gain, noise, variance) = (0, distorted, 0);
            }

            if (distorted < Tiny)
            {
                (gain, noise) = (0, 0);
            }

            if (gain < 0)
            {
                (gain, noise) = (0, distorted);
            }

            kept += Math.Log10(1 + (gain * gain * variance / (Math.Max(noise, Tiny) + NoiseVariance)));
            total += Math.Log10(1 + (variance / NoiseVariance));
        }

        return (kept, total);
    }
}
