using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Calibration;

/// <summary>The calibration of a composition finds how much noise many releases together need to fit a budget.</summary>
public static class CompositionCalibration
{
    /// <summary>The smallest noise multiplier that is looked for.</summary>
    public const double SmallestMultiplier = 1e-2;

    /// <summary>The largest noise multiplier that is looked for.</summary>
    public const double LargestMultiplier = 1e6;

    /// <summary>Finds the smallest noise multiplier with which releases fit a budget.</summary>
    /// <param name="budget">What was promised.</param>
    /// <param name="method">How costs are added up.</param>
    /// <param name="describe">Describes one release by its noise multiplier; more noise must not cost more.</param>
    /// <param name="count">The number of releases, positive.</param>
    /// <param name="beside">What else is released, composed by the same method, or null for nothing.</param>
    /// <returns>
    /// The multiplier, rounded up by a relative 1e-6 or less; an accountant of the same method accepts that many releases of it.
    /// </returns>
    /// <exception cref="PrivacyException">No multiplier in the range suffices, or the method has no bound for the releases.</exception>
    public static double NoiseMultiplier(PrivacyBudget budget, CompositionMethod method, Func<double, PrivacyRelease> describe, long count, PrivacyComposition? beside = null)
    {
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentNullException.ThrowIfNull(describe);
        if (!Fits(LargestMultiplier))
        {
            throw Throw.NoMultiplierSuffices(LargestMultiplier);
        }

        double high = LargestMultiplier;
        double low = SmallestMultiplier;
        while (high / low > 1 + 1e-6)
        {
            double middle = Math.Sqrt(low * high);
            if (Fits(middle))
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return high;

        bool Fits(double multiplier)
            => (beside ?? PrivacyComposition.Of(method)).Add(describe(multiplier), count).Epsilon(budget.Delta) <= budget.Epsilon;
    }
}
