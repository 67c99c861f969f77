using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Releases;

/// <summary>A release of a sum of vectors of integers to which several parties added discrete Gaussian noise each.</summary>
/// <remarks>
/// The sum of discrete Gaussians is no discrete Gaussian. With n parties of variance v each, tau = 10 sum over k from 1 to n - 1 of
/// exp(-2 pi^2 v k / (k + 1)) and d coordinates, the divergence of order a is at most the smallest of a D2^2 / 2nv + tau d,
/// a / 2 (D2^2 / nv + 2 D1 tau / sqrt(nv) + tau^2 d) and a / 2 (D2 / sqrt(nv) + tau sqrt(d))^2. Source: Kairouz, Liu and Steinke, "The
/// Distributed Discrete Gaussian Mechanism for Federated Learning with Secure Aggregation", ICML 2021, proposition 14.
/// </remarks>
public sealed class DistributedGaussianRelease : PrivacyRelease
{
    private const int LargestTermCount = 1000;

    private readonly double _tau;

    /// <summary>Describes a release.</summary>
    /// <param name="partyVariance">The variance that each party adds, in squared units of the grid, at least 1.</param>
    /// <param name="parties">The number of parties whose noise counts: contributors that do not collude.</param>
    /// <param name="sensitivity">The sensitivity in units of the grid, after rounding.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="distance">The statistical distance of the noise of all coordinates and parties from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public DistributedGaussianRelease(double partyVariance, int parties, GridSensitivity sensitivity, long dimension, double distance)
        : base(distance)
    {
        ArgumentNullException.ThrowIfNull(sensitivity);
        if (!(partyVariance >= 1 && double.IsFinite(partyVariance)))
        {
            throw Throw.VarianceBelowOne();
        }

        Throw.IfNotPositive(parties, PrivacyError.PartiesOutOfRange, "The number of parties whose noise counts");
        Throw.IfNotPositive(dimension, PrivacyError.WrongLength, "The number of coordinates");
        PartyVariance = partyVariance;
        Parties = parties;
        Sensitivity = sensitivity;
        Dimension = dimension;
        _tau = Tau(partyVariance, parties);
    }

    /// <inheritdoc/>
    public override string Name => "distributed discrete Gaussian noise";

    /// <summary>The variance that each party adds, in squared units of the grid.</summary>
    public double PartyVariance { get; }

    /// <summary>The number of parties whose noise counts.</summary>
    public int Parties { get; }

    /// <summary>The sensitivity in units of the grid, after rounding.</summary>
    public GridSensitivity Sensitivity { get; }

    /// <summary>The number of coordinates.</summary>
    public long Dimension { get; }

    /// <inheritdoc/>
    /// <remarks>The first of the three bounds is no multiple of the order and serves Renyi divergences alone.</remarks>
    public override double? Concentration => Math.Min(Mixed, Shifted);

    private double Deviation => Math.Sqrt(PartyVariance * Parties);

    private double Ratio => Sensitivity.Two / Deviation;

    private double Mixed => ((Ratio * Ratio) + (2 * Sensitivity.One * _tau / Deviation) + (_tau * _tau * Dimension)) / 2;

    private double Shifted => Math.Pow(Ratio + (_tau * Math.Sqrt(Dimension)), 2) / 2;

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order)
        => Math.Min((order * Ratio * Ratio / 2) + (_tau * Dimension), order * Math.Min(Mixed, Shifted));

    private static double Tau(double variance, int parties)
    {
        double sum = 0;
        int counted = Math.Min(parties, LargestTermCount + 1);
        for (int k = 1; k < counted; k++)
        {
            sum += Term(variance, k);
        }

        // Terms fall with k, so those beyond the counted ones are at most the last of them.
        return 10 * (sum + ((parties - counted) * Term(variance, counted)));
    }

    private static double Term(double variance, int k) => Math.Exp(-2 * Math.PI * Math.PI * variance * k / (k + 1));
}
