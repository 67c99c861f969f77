using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Sampling;

/// <summary>These layers draw a discrete Gaussian of any variance as a sum of few small ones.</summary>
/// <remarks>
/// <para>
/// Let x1 and x2 be discrete Gaussians of variances t^2 and s^2 and y = k x1 + x2. Completing the square,
/// Pr[y] is proportional to exp(-y^2 / 2(k^2 t^2 + s^2)) times the sum over all integers x of exp(-(x - c y)^2 / 2 w^2), with
/// w^-2 = k^2 / s^2 + t^-2. By Poisson summation this sum is w sqrt(2 pi) (1 + e(y)) with |e(y)| at most
/// 2 sum_j exp(-2 pi^2 w^2 j^2). For w of at least 1.749 that is below 2^-86, so that y is a discrete Gaussian of variance
/// k^2 t^2 + s^2 up to a statistical distance of 2^-85. Distances add up over the layers.
/// </para>
/// <para>
/// All layers take the same low word of their random number. It matters only where a high word ties with a threshold, and two
/// layers with ties, the only case in which sharing matters, have a probability below (thresholds * 2^-63)^2 &lt; 2^-104.
/// </para>
/// Sources: Peikert, "An Efficient and Parallel Gaussian Sampler for Lattices", CRYPTO 2010, theorem 3.1; Micciancio and Walter,
/// "Gaussian Sampling over the Integers: Efficient, Generic, Constant-Time", CRYPTO 2017.
/// </remarks>
internal static class DiscreteGaussianLayers
{
    /// <summary>The distance that one convolution adds.</summary>
    public const int LogConvolutionDistance = -85;

    // A table serves up to this variance; larger ones are split.
    private const double LargestOfTable = 256;

    // 1.806^2: with an upper layer of a variance of 50 or more, w is at least 1.749 (w^-2 = 1 / 3.262 + 1 / 50 < 1 / 1.749^2).
    private const double LowerVariancePerSquare = 3.262;
    private const double SmallestUpperVariance = 50;

    /// <summary>Plans the layers of a variance, the lowest first.</summary>
    /// <param name="variance">The variance, at least 1.</param>
    public static IReadOnlyList<NoiseLayer> Plan(double variance)
    {
        var layers = new List<NoiseLayer>();
        FixedPoint rest = FixedPoint.Of(variance);
        long scale = 1;
        while (rest > FixedPoint.Of(LargestOfTable))
        {
            FixedPoint upper = UpperOf(rest, factor: 4);
            long factor = upper >= FixedPoint.Of(SmallestUpperVariance) ? 4 : 2;
            rest = UpperOf(rest, factor);
            layers.Add(new NoiseLayer(ThresholdTable.OfSymmetric(Probabilities(LowerVariance(factor))), scale, IsSigned: true));
            scale *= factor;
        }

        layers.Add(new NoiseLayer(ThresholdTable.OfSymmetric(Probabilities(rest)), scale, IsSigned: true));
        return layers;
    }

    /// <summary>Returns the statistical distance of the sum of layers from the discrete Gaussian.</summary>
    public static double DistanceOf(IReadOnlyList<NoiseLayer> layers)
        => layers.Sum(layer => layer.Table.Distance) + Math.ScaleB(layers.Count - 1, LogConvolutionDistance) + Math.ScaleB(1, -104);

    /// <summary>Lists the probabilities of 0, 1, 2, ... of the discrete Gaussian, as far as they are above zero.</summary>
    public static IReadOnlyList<FixedPoint> Probabilities(FixedPoint variance)
    {
        // exp(-k^2 / 2v) is the product of the odd powers of q = exp(-1 / 2v).
        FixedPoint q = FixedPoint.Exp(-(FixedPoint.One / (2 * variance)));
        FixedPoint step = q;
        FixedPoint square = q * q;
        FixedPoint weight = FixedPoint.One;
        FixedPoint total = FixedPoint.Zero;
        var weights = new List<FixedPoint>();
        while (weight > FixedPoint.PowerOfTwo(-200))
        {
            total += weights.Count == 0 ? weight : 2 * weight;
            weights.Add(weight);
            weight *= step;
            step *= square;
        }

        return [.. weights.Select(one => one / total)];
    }

    private static FixedPoint LowerVariance(long factor) => FixedPoint.Of(LowerVariancePerSquare * factor * factor);

    private static FixedPoint UpperOf(FixedPoint variance, long factor)
        => new((variance - LowerVariance(factor)).Scaled / (factor * factor));
}
