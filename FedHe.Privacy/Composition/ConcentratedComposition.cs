using FedHe.Privacy.Errors;
using FedHe.Privacy.Numerics;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Composition;

/// <summary>
/// A concentrated composition adds the rho of zero-concentrated differential privacy, which bounds the Renyi divergence of every order a
/// by rho a.
/// </summary>
/// <remarks>Source: Bun and Steinke, "Concentrated Differential Privacy", TCC 2016.</remarks>
public sealed class ConcentratedComposition : PrivacyComposition
{
    // Logarithms of the order less 1.
    private const double LowestLogOrder = -4.5;
    private const double HighestLogOrder = 23;

    /// <summary>Composes nothing yet.</summary>
    public ConcentratedComposition()
        : this(0, 0)
    {
    }

    private ConcentratedComposition(double rho, double distance)
        : base(distance) => Rho = rho;

    /// <inheritdoc/>
    public override CompositionMethod Method => CompositionMethod.Concentrated;

    /// <summary>The rho of all releases together.</summary>
    public double Rho { get; }

    /// <inheritdoc/>
    internal override bool Supports(PrivacyRelease release) => release.Concentration is not null;

    /// <inheritdoc/>
    private protected override PrivacyComposition AddCore(PrivacyRelease release, long count)
        => new ConcentratedComposition(
            Rho + (count * (release.Concentration ?? throw Throw.NotConcentrated(release.Name))), Distance + (count * release.Distance));

    /// <inheritdoc/>
    private protected override double EpsilonCore(double delta) => Rho == 0 ? 0 : Search.Minimum(
        log =>
        {
            double order = 1 + Math.Exp(log);
            return RenyiConversion.Epsilon(order, Rho * order, delta);
        },
        LowestLogOrder,
        HighestLogOrder);
}
