using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Correlation;

/// <summary>
/// An integer correlation has the coefficients of C^-1 as integers over one denominator. The sensitivity is computed from the rounded coefficients, so
/// rounding them costs accuracy and never privacy.
/// </summary>
public sealed class IntegerCorrelation
{
    // What computing the inverse in double precision may be off, relative.
    private const double Slack = 1 + 1e-9;

    private readonly long[] _coefficients;
    private readonly double[] _column;

    private IntegerCorrelation(string name, long[] coefficients, long denominator, ParticipationSchedule schedule)
    {
        Name = name;
        _coefficients = coefficients;
        Coefficients = Array.AsReadOnly(coefficients);
        Denominator = denominator;
        Schedule = schedule;
        _column = Toeplitz.Inverse([.. coefficients.Select(one => (double)one / denominator)], schedule.Rounds);
        Sensitivity = Slack * Toeplitz.Sensitivity(_column, schedule);
        LargestEntry = Slack * Toeplitz.LargestEntry(_column, schedule);
    }

    /// <summary>The name of the correlation.</summary>
    public string Name { get; }

    /// <summary>The integers W, of which the first is the denominator: a round's noise is the sum of W_j times the noise drawn j rounds earlier.</summary>
    public IReadOnlyList<long> Coefficients { get; }

    /// <summary>The common denominator D. Parties multiply their integers by it before they add noise, and divide the sum by it.</summary>
    public long Denominator { get; }

    /// <summary>The schedule that the sensitivity is of.</summary>
    public ParticipationSchedule Schedule { get; }

    /// <summary>The sensitivity of the whole sequence, for contributions of norm 1, of the rounded matrix.</summary>
    public double Sensitivity { get; }

    /// <summary>The largest part of a unit in the noise of one round, for contributions of norm 1.</summary>
    internal double LargestEntry { get; }

    /// <summary>The sum of the magnitudes of the integers, which bounds the matrix's 2-norm.</summary>
    internal long MagnitudeSum => _coefficients.Sum(Math.Abs);

    /// <summary>Rounds a correlation.</summary>
    /// <param name="correlation">The correlation.</param>
    /// <param name="schedule">The schedule of one unit.</param>
    /// <param name="denominatorBits">The logarithm of the denominator, between 1 and 18. Every bit costs one bit of range.</param>
    /// <param name="memory">The largest number of rounds whose noise matters later, the present one included; it is how many seeds a party keeps.</param>
    /// <returns>The rounded correlation.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static IntegerCorrelation Create(
        NoiseCorrelation correlation, ParticipationSchedule schedule, int denominatorBits, int memory)
    {
        ArgumentNullException.ThrowIfNull(correlation);
        ArgumentNullException.ThrowIfNull(schedule);
        if (denominatorBits is < 1 or > 18)
        {
            throw Throw.DenominatorOutOfRange();
        }

        Throw.IfNotPositive(memory, PrivacyError.ScheduleOutOfRange, "The memory");
        long denominator = 1L << denominatorBits;
        int length = Math.Min(memory, schedule.Rounds);
        double[] inverse = Toeplitz.Inverse(correlation.Column(schedule.Rounds), length);
        long[] coefficients = [.. inverse.Select(one => (long)Math.Round(one / inverse[0] * denominator))];
        int used = Array.FindLastIndex(coefficients, one => one != 0) + 1;
        return new IntegerCorrelation(correlation.Name, coefficients[..used], denominator, schedule);
    }

    /// <summary>Takes the integers that parties agreed upon, such as those in the terms of a job.</summary>
    /// <param name="coefficients">
    /// The integers W, of which the first is the denominator, a power of two from 2 to 2^18; no other is of a larger magnitude, and the last is not 0. They may come from anybody.
    /// </param>
    /// <param name="schedule">The schedule of one unit, of at least as many rounds.</param>
    /// <returns>The correlation.</returns>
    /// <exception cref="PrivacyException">The integers are no such coefficients, or no finite noise protects a sequence with them.</exception>
    public static IntegerCorrelation Of(IReadOnlyList<long> coefficients, ParticipationSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(coefficients);
        ArgumentNullException.ThrowIfNull(schedule);
        long denominator = coefficients.Count == 0 ? 0 : coefficients[0];
        if (denominator is < 2 or > 1L << 18 || !long.IsPow2(denominator) || coefficients.Count > schedule.Rounds || coefficients[^1] == 0
            || coefficients.Any(one => one < -denominator || one > denominator))
        {
            throw Throw.CoefficientsOutOfRange();
        }

        var correlation = new IntegerCorrelation("agreed coefficients", [.. coefficients], denominator, schedule);
        return double.IsFinite(correlation.Sensitivity) ? correlation : throw Throw.CoefficientsOutOfRange();
    }

    /// <summary>
    /// Returns the variance of the noise of a running sum after a round, divided by the variance of independent noise after one round, at equal
    /// cost in privacy.
    /// </summary>
    /// <param name="round">The round, counted from 0.</param>
    /// <returns>The ratio. Independent noise has (round + 1) times the number of participations.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The round is not in the schedule.</exception>
    public double RunningSumVariance(int round)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(round);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(round, Schedule.Rounds);
        double sum = 0;
        double variance = 0;
        for (int j = 0; j <= round; j++)
        {
            sum += j < _coefficients.Length ? (double)_coefficients[j] / Denominator : 0;
            variance += sum * sum;
        }

        return variance * Sensitivity * Sensitivity;
    }
}
