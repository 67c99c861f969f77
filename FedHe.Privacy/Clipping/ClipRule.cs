using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Clipping;

/// <summary>
/// A clip rule moves a bound by a noised sum of bits, so that a quantile of the clients' norms keeps it. Equal sums give equal bounds on every machine, bit for
/// bit.
/// </summary>
/// <remarks>
/// A bit is 1 where a norm keeps the bound and -1 where it does not, so that a client changes the sum by 1 and noise counts half as much as beside bits of 0
/// and 1. With s the sum of n bits, the fraction f = (s / n + 1) / 2, cut to [0, 1], and the quantile q, the bound is multiplied by exp(-rate (f - q)), whose
/// logarithm to the base 2 is rounded to a multiple of 2^-24: a position is such a multiple. Products, quotients and square roots are each rounded by themselves
/// everywhere alike, and exponential functions are not, so none is used. Source: Andrew, Thakkar, McMahan and Ramaswamy, "Differentially Private Learning with
/// Adaptive Clipping", NeurIPS 2021.
/// </remarks>
public sealed class ClipRule
{
    /// <summary>The largest magnitude of a position: a bound is at most 2^40 times the first one, and at least its 2^-40th part.</summary>
    public const int LargestPosition = 40 << LogUnits;

    /// <summary>The largest rate.</summary>
    public const double LargestRate = 16;

    // Positions are logarithms to the base 2 in units of 2^-24.
    private const int LogUnits = 24;

    private readonly double _units;

    private ClipRule(double quantile, double rate)
    {
        const double LogTwoOfE = 1.4426950408889634;
        Quantile = quantile;
        Rate = rate;
        _units = Math.ScaleB(rate * LogTwoOfE, LogUnits);
    }

    /// <summary>The fraction of clients that should keep the bound.</summary>
    public double Quantile { get; }

    /// <summary>How fast the bound follows; 0.2 is usual.</summary>
    public double Rate { get; }

    /// <summary>Makes a rule.</summary>
    /// <param name="quantile">The fraction of clients that should keep the bound, strictly between 0 and 1.</param>
    /// <param name="rate">How fast the bound follows, positive and at most <see cref="LargestRate"/>.</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static ClipRule Create(double quantile, double rate)
    {
        Throw.IfProbabilityOutOfRange(quantile);
        Throw.IfNoiseOutOfRange(rate);
        return rate <= LargestRate ? new ClipRule(quantile, rate) : throw Throw.RateOutOfRange(LargestRate);
    }

    /// <summary>Returns the position after a sum of bits.</summary>
    /// <param name="position">The position of the bound that the bits are about; 0 for the first bound.</param>
    /// <param name="noisySum">The opened sum of the bits, with its noise.</param>
    /// <param name="contributors">The number of bits in it, positive.</param>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public int Next(int position, long noisySum, int contributors)
    {
        RequirePosition(position);
        Throw.IfNotPositive(contributors, PrivacyError.PartiesOutOfRange, "The number of bits");
        double fraction = Math.Clamp((((double)noisySum / contributors) + 1) / 2, 0, 1);
        return (int)Math.Clamp(position - Math.Round(_units * (fraction - Quantile)), -LargestPosition, LargestPosition);
    }

    /// <summary>Returns what the first bound is multiplied by at a position: 2^(position / 2^24), by square roots and products.</summary>
    /// <param name="position">The position.</param>
    /// <exception cref="PrivacyException">The position is out of range.</exception>
    public static double FactorAt(int position)
    {
        RequirePosition(position);
        double root = 2;
        double factor = 1;
        for (int bit = LogUnits - 1; bit >= 0; bit--)
        {
            root = Math.Sqrt(root);
            factor *= ((position >> bit) & 1) == 0 ? 1 : root;
        }

        return Math.ScaleB(factor, position >> LogUnits);
    }

    private static void RequirePosition(int position)
    {
        if (position is < -LargestPosition or > LargestPosition)
        {
            throw Throw.ClipPositionOutOfRange();
        }
    }
}
