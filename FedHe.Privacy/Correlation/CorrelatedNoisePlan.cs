using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Sampling;

namespace FedHe.Privacy.Correlation;

/// <summary>
/// A plan of correlated noise says what each of a fixed set of parties adds in every round, and what the released sequence costs.
/// </summary>
/// <remarks>
/// <para>
/// In round r a party adds the sum of W_j z(r - j), and a dither e(r), to D times its integers, where z and e are discrete Gaussians. The dither is
/// needed: the integers W_j z(r - j) modulo D are determined by earlier noise, and without it a later round would tell earlier noise modulo D, and with it
/// the contribution. Its variance is such that (I / v_z + W^T W / v_e)^-1 is at least 1.75^2 I, where W has a row for each attempt at a round whose sum may be
/// opened: with M the sum of the magnitudes of W_j and up to a attempts at a round, |W|^2 is at most M (D + a (M - D)), the largest sum of a row times that of a column. Then by Poisson summation over the
/// lattice of rounds the noise of a party is, up to a statistical distance of rounds * 2^-84 a coordinate, the discrete Gaussian on the integers of
/// covariance v_z W W^T + v_e I, and sums over parties likewise. Shifts of it cost at most those of covariance v_z W W^T, which is the matrix
/// mechanism with C = D W^-1.
/// </para>
/// <para>
/// The correlation works over rounds in which the same parties contribute. When others do, the round is charged by <see cref="DescribeDeviation"/>, all
/// parties forget what they keep, and a new sequence begins with its own cost.
/// </para>
/// </remarks>
public sealed class CorrelatedNoisePlan
{
    private const int LogLatticeDistance = -84;

    // 1 / 1.75^2, less what is left to z.
    private const double InverseSmoothing = 0.3265;
    private const double SmallestVariance = 64;

    private CorrelatedNoisePlan(
        IntegerCorrelation correlation, double targetVariance, int parties, int colluders, GridSensitivity sensitivity, int dimension, int attempts)
    {
        Correlation = correlation;
        Parties = parties;
        Colluders = colluders;
        Sensitivity = sensitivity;
        Dimension = dimension;
        Attempts = attempts;
        double share = Math.Max(SmallestVariance, Math.BitIncrement(targetVariance / (parties - colluders)));
        double sum = correlation.MagnitudeSum;
        double squaredNorm = sum * (correlation.Denominator + (attempts * (sum - correlation.Denominator)));
        double dither = squaredNorm / (InverseSmoothing - (1 / share));
        Fresh = DiscreteGaussianSampler.Create(share);
        Dither = DiscreteGaussianSampler.Create(Math.BitIncrement(dither));
    }

    /// <summary>The coefficients, and the schedule of one unit.</summary>
    public IntegerCorrelation Correlation { get; }

    /// <summary>The number of parties, each of which contributes to every round.</summary>
    public int Parties { get; }

    /// <summary>The largest number of parties that may collude.</summary>
    public int Colluders { get; }

    /// <summary>The sensitivity of one round's sum, in units of the grid, after rounding and before the factor D.</summary>
    public GridSensitivity Sensitivity { get; }

    /// <summary>The number of coordinates.</summary>
    public int Dimension { get; }

    /// <summary>The largest number of attempts at one round that remember noise of earlier rounds and whose sums may be opened, the kept one included.</summary>
    public int Attempts { get; }

    /// <summary>The sampler of the noise that is correlated, in units of the grid.</summary>
    public NoiseSampler Fresh { get; }

    /// <summary>The sampler of the dither, in units of the grid divided by D.</summary>
    public NoiseSampler Dither { get; }

    /// <summary>The variance that each party adds in a first round, in squared units of the grid: noise and dither.</summary>
    public double FirstRoundVariance => Fresh.Variance + (Dither.Variance / ((double)Correlation.Denominator * Correlation.Denominator));

    /// <summary>Plans correlated noise.</summary>
    /// <param name="correlation">The coefficients, and the schedule of one unit.</param>
    /// <param name="noiseMultiplier">The standard deviation of the correlated noise divided by the sensitivity of the whole sequence, positive.</param>
    /// <param name="parties">The number of parties, each of which contributes to every round.</param>
    /// <param name="colluders">The largest number of parties that may collude.</param>
    /// <param name="sensitivity">The sensitivity of one round's sum, in units of the grid, after rounding.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="attempts">
    /// The largest number of attempts at one round that remember noise of earlier rounds and whose sums may be opened, at least 1. More of them need more dither.
    /// </param>
    /// <returns>The plan. Shares of the noise have a variance of at least 64 squared units of the grid.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static CorrelatedNoisePlan Create(
        IntegerCorrelation correlation, double noiseMultiplier, int parties, int colluders, GridSensitivity sensitivity, int dimension, int attempts = 1)
    {
        ArgumentNullException.ThrowIfNull(correlation);
        ArgumentNullException.ThrowIfNull(sensitivity);
        Throw.IfNoiseOutOfRange(noiseMultiplier);
        Throw.IfNotPositive(dimension, PrivacyError.WrongLength, "The number of coordinates");
        Throw.IfNotPositive(attempts, PrivacyError.ScheduleOutOfRange, "The number of attempts");
        if (parties < 1 || colluders < 0 || colluders >= parties)
        {
            throw Throw.NobodyCounts();
        }

        double deviation = noiseMultiplier * correlation.Sensitivity * sensitivity.Two;
        return new CorrelatedNoisePlan(correlation, deviation * deviation, parties, colluders, sensitivity, dimension, attempts);
    }

    /// <summary>Describes the whole sequence for an accountant. It is charged before the first round.</summary>
    /// <returns>The release.</returns>
    public MatrixRelease Describe()
        => new(Math.Sqrt((Parties - Colluders) * Fresh.Variance) / (Correlation.Sensitivity * Sensitivity.Two), DistanceOf(Correlation.Schedule.Rounds));

    /// <summary>Describes one round to which other parties contributed than planned. It is charged beside the sequence, which ends with it.</summary>
    /// <param name="contributors">The number of parties in the sum, less than planned.</param>
    /// <returns>The release.</returns>
    /// <remarks>
    /// Of the noise of earlier rounds the sum holds the contributors' part, a fraction f in the mean. So to D times the change of this round's
    /// sum comes at most f times what the unit changed in earlier rounds times the integers W_1, W_2, ..., and the noise that counts is what
    /// was drawn in this round: independent noise of the variance that was really added.
    /// </remarks>
    /// <exception cref="PrivacyException">No party is left whose noise counts, or all parties contributed.</exception>
    public DiscreteGaussianRelease DescribeDeviation(int contributors)
    {
        return contributors < Parties ? Describe(contributors) : throw Throw.NotDeviating();
    }

    /// <summary>
    /// Describes a sum of an attempt that was not kept and may have been opened, such as an attempt before the one that was. It is charged beside the sequence, which goes on.
    /// </summary>
    /// <param name="leastContributors">The smallest number of parties in the sum; how many there are need not be known.</param>
    /// <returns>The release that costs most over all numbers of parties from this one on.</returns>
    /// <remarks>
    /// Let every party that does not collude have the same part of what a unit changed in its earlier noise. Then each sum of some of them, whoever they are, holds a fraction of it that is known, as in
    /// <see cref="DescribeDeviation"/>, and the sequence costs what it costs alone. So any number of such sums may be charged beside one sequence, up to <see cref="Attempts"/> a round, for which the dither is planned.
    /// </remarks>
    /// <exception cref="PrivacyException">No party is left whose noise counts.</exception>
    public DiscreteGaussianRelease DescribeAttempt(int leastContributors)
        => Enumerable.Range(leastContributors, Math.Max(1, Parties - leastContributors + 1)).Select(Describe).MinBy(release => release.NoiseMultiplier)!;

    private DiscreteGaussianRelease Describe(int contributors)
    {
        int counted = contributors - Colluders;
        if (counted < 1)
        {
            throw Throw.TooFewContributors(contributors, Colluders + 1);
        }

        double d = Correlation.Denominator;
        double fraction = (double)contributors / (Parties - Colluders);
        double remembered = Math.Min(1, fraction) * (Correlation.MagnitudeSum - d) * Correlation.LargestEntry;
        double change = Sensitivity.Two * (d + remembered);
        double variance = counted * ((d * d * Fresh.Variance) + Dither.Variance);
        return new DiscreteGaussianRelease(Math.Sqrt(variance) / change, DistanceOf(rounds: 1));
    }

    private double DistanceOf(int rounds)
    {
        double sample = Fresh.StatisticalDistance + Dither.StatisticalDistance + Math.ScaleB((double)Correlation.Schedule.Rounds * Attempts, LogLatticeDistance);
        return Math.Min(sample * rounds * Dimension * Parties, 1 - 1e-9);
    }
}
