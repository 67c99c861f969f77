using FedHe.Privacy.Errors;
using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Losses;

/// <summary>A loss grid is a privacy loss distribution on multiples of a spacing, never more optimistic than the one it stands for.</summary>
/// <remarks>
/// <para>
/// The mass between two points of the grid is divided between them such that the probabilities under P and under Q both stay the same.
/// The hockey-stick curve of the result touches the true one at the points and lies above it elsewhere, because a convex function of
/// e^epsilon lies below its chords. Rounding errors of the division are rounded towards the larger loss. What lies above the grid counts
/// as an infinite loss.
/// </para>
/// Source: Doroshenko, Ghazi, Kamath, Kumar and Manurangsi, "Connect the Dots: Tighter Discrete Approximations of Privacy Loss
/// Distributions", PoPETs 2022.
/// </remarks>
internal sealed class LossGrid
{
    // Half of what doubles resolve beside 1; mass of this size is rounded up to an infinite loss.
    private const double NegligibleMass = 1e-17;
    private const double RelativeError = 1e-14;
    private const double TailMass = 1e-16;

    // Below this one a product with a power of e has too few digits.
    private const double SmallestProbability = 1e-290;

    // How far a loss may lie below the one that sums are scaled by.
    private const double ScaleRange = 512;
    private const int LargestLength = 1 << 24;

    private LossGrid(double spacing, long first, double[] masses, double infinite)
    {
        Spacing = spacing;
        First = first;
        Masses = masses;
        Infinite = Math.Min(1, infinite);
    }

    /// <summary>The distance of two points.</summary>
    public double Spacing { get; }

    /// <summary>The number of the first point, so that it is the loss First * Spacing.</summary>
    public long First { get; }

    /// <summary>The probability under P of each point.</summary>
    public double[] Masses { get; }

    /// <summary>The probability under P of an infinite loss.</summary>
    public double Infinite { get; }

    /// <summary>The loss of nothing: 0 with certainty.</summary>
    public static LossGrid OfNothing(double spacing) => new(spacing, 0, [1], 0);

    /// <summary>Makes the grid of one direction of a mechanism.</summary>
    public static LossGrid Of(LossDirection direction, double spacing)
    {
        long first = Bound(direction.SmallestLoss, -1, loss => direction.UpTo(loss).P, spacing);
        long last = Math.Max(first + 1, Bound(direction.LargestLoss, 1, loss => direction.Above(loss).P, spacing));
        if (last - first >= LargestLength)
        {
            throw Throw.LossTooWide();
        }

        var masses = new double[last - first + 1];
        masses[0] = direction.UpTo(first * spacing).P;
        double division = -LogMath.ExpM1(-spacing);
        for (long i = first + 1; i <= last; i++)
        {
            PairMass mass = Between(direction, (i - 1) * spacing, i * spacing, out double error);
            double upper = (mass.P - Scaled(mass.Q, (i - 1) * spacing) + error) / division;
            upper = Math.Clamp(upper, 0, Math.Max(0, mass.P));
            masses[i - first] += upper;
            masses[i - first - 1] += Math.Max(0, mass.P) - upper;
        }

        return new LossGrid(spacing, first, masses, direction.Above(last * spacing).P + NegligibleMass);
    }

    /// <summary>Returns the loss of this mechanism and another one together.</summary>
    public LossGrid Compose(LossGrid other)
    {
        if ((long)Masses.Length + other.Masses.Length > LargestLength)
        {
            throw Throw.LossTooWide();
        }

        double[] masses = Convolution.Of(Masses, other.Masses, out double error);
        double infinite = Infinite + other.Infinite - (Infinite * other.Infinite) + error;
        return Trim(new LossGrid(Spacing, First + other.First, masses, infinite));
    }

    /// <summary>Returns the loss of this mechanism used several times.</summary>
    /// <remarks>
    /// The window of the result comes from Chernoff's bound; what lies outside of it comes back inside, since transforms are periodic, and counts as
    /// infinite as well.
    /// </remarks>
    public LossGrid Power(long count)
    {
        if (count == 1)
        {
            return this;
        }

        long first = PointOf(Math.Floor(-Tail(count, -1) / Spacing));
        long last = PointOf(Math.Ceiling(Tail(count, 1) / Spacing));
        int length = (int)Math.Max(1, last - first + 1);
        double[] masses = Convolution.Power(Masses, First, count, first, length, out double error);
        double infinite = -LogMath.ExpM1(count * LogMath.Log1P(-Infinite));
        return Trim(new LossGrid(Spacing, first, masses, infinite + error + (2 * TailMass)));
    }

    /// <summary>Returns the smallest delta at an epsilon.</summary>
    public double Delta(double epsilon)
    {
        double sum = 0;
        for (int i = Masses.Length - 1; i >= 0; i--)
        {
            double loss = (First + i) * Spacing;
            if (loss <= epsilon)
            {
                break;
            }

            sum -= Masses[i] * LogMath.ExpM1(epsilon - loss);
        }

        return Math.Min(1, sum + Infinite);
    }

    /// <summary>Returns the smallest epsilon, not below 0, at a delta; infinity where there is none.</summary>
    public double Epsilon(double delta)
    {
        if (Infinite > delta)
        {
            return double.PositiveInfinity;
        }

        // delta(epsilon) = infinite + sum over larger losses of mass - e^epsilon * sum of mass * e^-loss; both sums grow downwards. The second one is
        // scaled by e^scale, since powers of large losses are no doubles.
        double mass = Infinite;
        double shrunk = 0;
        double scale = (First + Masses.Length - 1) * Spacing;
        for (int i = Masses.Length - 1; i >= 0; i--)
        {
            double loss = (First + i) * Spacing;
            if (shrunk != 0 && !(mass - (Math.Exp(loss - scale) * shrunk) <= delta))
            {
                return Solve();
            }

            if (loss < 0)
            {
                break;
            }

            if (scale - loss > ScaleRange)
            {
                shrunk *= Math.Exp(loss - scale);
                scale = loss;
            }

            mass += Masses[i];
            shrunk += Masses[i] * Math.Exp(scale - loss);
        }

        return shrunk == 0 || mass - (Math.Exp(-scale) * shrunk) <= delta ? 0 : Solve();

        double Solve() => Math.Max(0, scale + Math.Log((mass - delta) / shrunk));
    }

    /// <summary>Returns a magnitude that the sum of several losses, or minus that sum, exceeds with less than the tail's mass.</summary>
    private double Tail(long count, int sign)
    {
        double smallest = double.PositiveInfinity;
        for (double s = 1.0 / 1024; s <= 1024; s *= 1.25)
        {
            double largest = double.NegativeInfinity;
            for (int i = 0; i < Masses.Length; i++)
            {
                largest = Math.Max(largest, Masses[i] > 0 ? sign * s * (First + i) * Spacing : double.NegativeInfinity);
            }

            double sum = 0;
            for (int i = 0; i < Masses.Length; i++)
            {
                sum += Masses[i] * Math.Exp((sign * s * (First + i) * Spacing) - largest);
            }

            double logMoment = largest + Math.Log(sum);
            smallest = Math.Min(smallest, ((count * logMoment) - Math.Log(TailMass)) / s);
        }

        return smallest;
    }

    private static PairMass Between(LossDirection direction, double low, double high, out double error)
    {
        // Differences of the smaller tails keep their digits.
        PairMass below = direction.UpTo(high);
        PairMass above = direction.Above(low);
        bool isLower = below.P < above.P;
        PairMass mass = isLower ? below - direction.UpTo(low) : above - direction.Above(high);
        PairMass tail = isLower ? below : above;
        error = RelativeError * (tail.P + Scaled(tail.Q, low));
        return mass;
    }

    /// <summary>Returns q e^loss, or 0 for a q too small for it, which moves mass to the larger loss.</summary>
    private static double Scaled(double q, double loss) => q < SmallestProbability ? 0 : q * Math.Exp(loss);

    private static long Bound(double end, int sign, Func<double, double> tail, double spacing)
    {
        if (double.IsFinite(end))
        {
            return PointOf(sign < 0 ? Math.Floor(end / spacing) : Math.Ceiling(end / spacing));
        }

        double low = 0;
        double high = spacing;
        while (tail(sign * high) > NegligibleMass)
        {
            low = high;
            high *= 2;
        }

        double bound = Search.SmallestWhere(loss => tail(sign * loss) <= NegligibleMass, low, high);
        return PointOf(sign * Math.Ceiling(bound / spacing));
    }

    private static long PointOf(double point)
        => Math.Abs(point) < LargestLength ? (long)point : throw Throw.LossTooWide();

    // Small losses become the smallest one that is kept, large ones infinite: both only make the loss larger.
    private static LossGrid Trim(LossGrid grid)
    {
        int start = 0;
        double low = 0;
        while (start + 1 < grid.Masses.Length && low + grid.Masses[start] <= TailMass)
        {
            low += grid.Masses[start++];
        }

        int end = grid.Masses.Length;
        double high = 0;
        while (end - 1 > start && high + grid.Masses[end - 1] <= TailMass)
        {
            high += grid.Masses[--end];
        }

        double[] masses = grid.Masses[start..end];
        masses[0] += low;
        return new LossGrid(grid.Spacing, grid.First + start, masses, grid.Infinite + high);
    }
}
