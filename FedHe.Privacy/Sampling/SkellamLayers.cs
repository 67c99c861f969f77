using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Sampling;

/// <summary>These layers draw Skellam noise: from one table where it is narrow, and as a corrected discrete Gaussian elsewhere.</summary>
/// <remarks>
/// <para>
/// A wide Skellam variable of variance v is, up to a negligible distance, the sum of a discrete Gaussian of variance v - 16 h^2 and
/// of h times a correction E, with h near sqrt(0.75 sqrt(v)). The characteristic function of Skellam noise is exp(-v (1 - cos t)).
/// The characteristic function of the discrete Gaussian is exp(-(v - 16 h^2) t^2 / 2) up to the terms that Poisson summation gives
/// around multiples of 2 pi. So E must have, at u = h t, the characteristic function
/// f(u) = exp(-8 u^2 + v (cos(u / h) - 1 + u^2 / 2h^2)) for |u| up to pi, and that is how its table is made: by the inverse discrete
/// Fourier transform of f.
/// </para>
/// <para>
/// What remains: f ends at |u| = pi with a value below exp(-68), not with 0, and both distributions have less than exp(-100) of their
/// characteristic function beyond |t| = pi / h. The probability of each integer is off by at most 2^-98 / h, and 24 sqrt(v) of them
/// have all but 2^-96 of the mass, so the statistical distance is below 2^-84. A test computes the distance exactly where it is largest
/// and tables are small.
/// </para>
/// </remarks>
internal static class SkellamLayers
{
    /// <summary>The distance that the correction leaves.</summary>
    public const int LogCorrectionDistance = -84;

    private const double LargestDeviationOfTable = 32;
    private const long CorrectionVariance = 16;
    private const double SpacingPerDeviation = 0.75;
    private const int FrequencyCount = 256;

    /// <summary>Plans the layers of a variance.</summary>
    /// <param name="variance">The variance, at least 1.</param>
    public static IReadOnlyList<NoiseLayer> Plan(double variance)
    {
        double deviation = Math.Sqrt(variance);
        if (deviation <= LargestDeviationOfTable)
        {
            return [new NoiseLayer(ThresholdTable.OfSymmetric(Probabilities(FixedPoint.Of(variance))), Scale: 1, IsSigned: true)];
        }

        long spacing = SpacingOf(deviation);
        IReadOnlyList<NoiseLayer> gaussian = DiscreteGaussianLayers.Plan(variance - (CorrectionVariance * spacing * spacing));
        var correction = ThresholdTable.OfSymmetric(CorrectionProbabilities(FixedPoint.Of(variance), spacing));
        return [.. gaussian, new NoiseLayer(correction, spacing, IsSigned: true)];
    }

    /// <summary>Returns the statistical distance of the sum of layers from Skellam noise.</summary>
    public static double DistanceOf(IReadOnlyList<NoiseLayer> layers)
        => DiscreteGaussianLayers.DistanceOf(layers) + (layers.Count == 1 ? 0 : Math.ScaleB(1, LogCorrectionDistance));

    /// <summary>Returns the spacing h of the correction's grid.</summary>
    public static long SpacingOf(double deviation) => (long)Math.Round(Math.Sqrt(SpacingPerDeviation * deviation));

    /// <summary>Lists the probabilities of 0, 1, 2, ... of Skellam noise.</summary>
    /// <remarks>
    /// Pr[k] = exp(-v) I_k(v) obeys Pr[k - 1] = Pr[k + 1] + (2k / v) Pr[k]. Going down from far in the tail, where the start does not
    /// matter (Miller's algorithm), gives the ratios, and their sum the scale.
    /// </remarks>
    public static IReadOnlyList<FixedPoint> Probabilities(FixedPoint variance)
    {
        double deviation = Math.Sqrt(variance.ToDouble());
        int last = (int)(40 + (30 * deviation));
        var weights = new FixedPoint[last + 1];
        weights[last] = FixedPoint.PowerOfTwo(-200);
        FixedPoint next = FixedPoint.Zero;
        for (int k = last; k > 0; k--)
        {
            weights[k - 1] = next + ((2 * k * weights[k]) / variance);
            next = weights[k];
        }

        FixedPoint total = weights[0];
        for (int k = 1; k <= last; k++)
        {
            total += 2 * weights[k];
        }

        return [.. weights.Select(weight => weight / total)];
    }

    /// <summary>Lists the probabilities of 0, 1, 2, ... of the correction E.</summary>
    public static IReadOnlyList<FixedPoint> CorrectionProbabilities(FixedPoint variance, long spacing)
    {
        const int Half = FrequencyCount / 2;
        FixedPoint step = new(FixedPoint.Pi.Scaled / Half);
        var cosines = new FixedPoint[FrequencyCount];
        var spectrum = new FixedPoint[Half + 1];
        for (int j = 0; j <= Half; j++)
        {
            FixedPoint u = j * step;
            cosines[j] = FixedPoint.Cos(u);
            cosines[(FrequencyCount - j) % FrequencyCount] = cosines[j];
            FixedPoint t = new(u.Scaled / spacing);
            FixedPoint bend = FixedPoint.Cos(t) - FixedPoint.One + new FixedPoint((t * t).Scaled / 2);
            spectrum[j] = FixedPoint.Exp((variance * bend) - ((CorrectionVariance / 2) * (u * u)));
        }

        var probabilities = new List<FixedPoint>();
        for (int k = 0; k < Half; k++)
        {
            FixedPoint sum = spectrum[0] + (k % 2 == 0 ? spectrum[Half] : -spectrum[Half]);
            for (int j = 1; j < Half; j++)
            {
                sum += 2 * (spectrum[j] * cosines[j * k % FrequencyCount]);
            }

            var probability = new FixedPoint(sum.Scaled / FrequencyCount);
            probabilities.Add(probability > FixedPoint.Zero ? probability : FixedPoint.Zero);
        }

        return probabilities;
    }
}
