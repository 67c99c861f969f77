using FedHe.Privacy.Errors;
using FedHe.Privacy.Losses;
using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Releases;

/// <summary>
/// A release of any mechanism with pure epsilon-differential privacy, such as discrete Laplace noise, whose epsilon is the 1-norm sensitivity divided by
/// the scale.
/// </summary>
/// <remarks>
/// The worst pair is that of randomized response. Source of rho = epsilon^2 / 2: Bun and Steinke, "Concentrated Differential Privacy",
/// TCC 2016, proposition 1.4.
/// </remarks>
public sealed class PureRelease : PrivacyRelease
{
    /// <summary>Describes a release.</summary>
    /// <param name="epsilon">Its epsilon, positive.</param>
    /// <param name="distance">The statistical distance of the noise from its distribution, in [0, 1).</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public PureRelease(double epsilon, double distance = 0)
        : base(distance)
    {
        Throw.IfEpsilonOutOfRange(epsilon);
        Epsilon = epsilon;
    }

    /// <inheritdoc/>
    public override string Name => "pure differential privacy";

    /// <summary>The epsilon of the release.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    public override double? Concentration => ConcentrationOf(Epsilon);

    /// <inheritdoc/>
    internal override PrivacyLoss? Loss => new RandomizedResponseLoss(Epsilon);

    /// <summary>Returns the rho = epsilon^2 / 2 of pure differential privacy.</summary>
    internal static double ConcentrationOf(double epsilon) => epsilon * epsilon / 2;

    /// <inheritdoc/>
    private protected override double RenyiDivergenceCore(double order)
    {
        // Randomized response answers truly with probability p = e^epsilon / (1 + e^epsilon).
        double logTrue = -LogMath.Add(0, -Epsilon);
        double logFalse = logTrue - Epsilon;
        return LogMath.Add((order * logTrue) + ((1 - order) * logFalse), (order * logFalse) + ((1 - order) * logTrue)) / (order - 1);
    }
}
