using FedHe.Privacy.Errors;
using FedHe.Privacy.Losses;

namespace FedHe.Privacy.Releases;

/// <summary>
/// A privacy release is one output of a mechanism, described by what accountants need: never by the values. Releases are immutable.
/// </summary>
public abstract class PrivacyRelease
{
    private protected PrivacyRelease(double distance)
    {
        if (!(distance is >= 0 and < 1))
        {
            throw Throw.DistanceOutOfRange();
        }

        // A ledger has one zero.
        Distance = distance == 0 ? 0 : distance;
    }

    /// <summary>The name of the mechanism, for messages and reports.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The statistical distance of the noise of this release, in all of its coordinates, from the distribution that the formulas are
    /// about: what samplers leave, and the probability that noise was clamped. Accountants charge (1 + e^epsilon) times it to delta.
    /// </summary>
    public double Distance { get; }

    /// <summary>Returns a bound of the Renyi divergence between outputs with and without one unit, in either direction.</summary>
    /// <param name="order">The order, a finite number above 1.</param>
    /// <returns>The bound, in nats.</returns>
    /// <exception cref="PrivacyException">The order is out of range.</exception>
    public double RenyiDivergence(double order)
        => order > 1 && double.IsFinite(order) ? Math.Max(0, RenyiDivergenceCore(order)) : throw Throw.OrderOutOfRange();

    /// <summary>The bound rho of zero-concentrated differential privacy; null where the mechanism has none.</summary>
    public virtual double? Concentration => null;

    /// <summary>The privacy loss that dominates the release; null where none is known.</summary>
    internal virtual PrivacyLoss? Loss => null;

    private protected abstract double RenyiDivergenceCore(double order);
}
