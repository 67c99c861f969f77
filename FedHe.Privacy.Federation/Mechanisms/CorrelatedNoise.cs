using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Calibration;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Correlation;
using FedHe.Privacy.Federation.Planning;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>Correlated noise is noise over the rounds of a job that is planned for a budget.</summary>
/// <param name="Plan">What each client adds in every row.</param>
/// <param name="Terms">How the noise is correlated.</param>
/// <param name="Name">The name of the correlation.</param>
/// <param name="Concentration">What the budget pays for in all: the sum of 1 / 2 z^2 over the releases, z their noise multipliers.</param>
internal sealed record CorrelatedNoise(CorrelatedNoisePlan Plan, CorrelationTerms Terms, string Name, double Concentration)
{
    private const int Refinements = 8;

    // A row of a client is moved to the bound this seldom, in any coordinate.
    private static readonly double LogClampProbability = -60 * Math.Log(2);

    /// <summary>The variance that protects in a row, in squared units of the grid.</summary>
    public double Variance => (Plan.Parties - Plan.Colluders) * Plan.Fresh.Variance;

    /// <summary>A magnitude that the noise of a row hardly ever reaches in any coordinate, in units of the job's integers.</summary>
    public double Room => Math.Ceiling(Math.Sqrt(2 * CorrelatedReleases.RowVarianceOf(Plan) * (Math.Log(2.0 * Plan.Dimension) - LogClampProbability)));

    /// <summary>Finds the least noise with which the sequences and sums of some requirements fit a budget.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="requirements">The requirements.</param>
    /// <param name="denominatorBits">The logarithm of the denominator.</param>
    /// <param name="sensitivity">The largest change of a round's sum by one unit, on the grid.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <param name="parties">The contributors, and how many of them may drop out and collude, which leave at least one.</param>
    public static CorrelatedNoise Find(
        PrivacyBudget budget,
        CorrelationRequirements requirements,
        int denominatorBits,
        GridSensitivity sensitivity,
        int dimension,
        (int Contributors, int Dropouts, int Colluders) parties)
    {
        ParticipationSchedule schedule = requirements.Schedule;
        NoiseCorrelation correlation = requirements.Correlation ?? NoiseCorrelation.OptimizedBanded(Math.Min(requirements.Separation, 256));
        IntegerCorrelation integers = IntegerCorrelation.Create(correlation, schedule, denominatorBits, memory: CorrelationTerms.LargestCoefficients);
        var terms = CorrelationTerms.Create(integers.Coefficients, schedule.Rounds, schedule.Separation, schedule.Participations, requirements.Attempts);

        // What a sum beside a sequence costs depends a little on the noise, through the dither.
        double beside = requirements.SumsBeside;
        CorrelatedNoisePlan plan = PlanWith(beside);
        for (int i = 0; i < Refinements; i++)
        {
            double ratio = plan.Describe().NoiseMultiplier / plan.DescribeAttempt(parties.Contributors - parties.Dropouts).NoiseMultiplier;
            plan = PlanWith(requirements.SumsBeside * ratio * ratio * (1 + 1e-9));
        }

        double sequence = plan.Describe().Concentration!.Value;
        double sum = plan.DescribeAttempt(parties.Contributors - parties.Dropouts).Concentration!.Value;
        return new CorrelatedNoise(plan, terms, correlation.Name, (requirements.Sequences * sequence) + (requirements.SumsBeside * sum));

        // The argument says how many sequences cost as much as all sums beside sequences together.
        CorrelatedNoisePlan PlanWith(double sums)
        {
            double root = Math.Sqrt(requirements.Sequences + sums);
            double rows = ((double)requirements.Sequences * schedule.Rounds) + requirements.SumsBeside;
            double distance = rows * parties.Contributors * (Math.Exp(LogClampProbability) + (dimension * Math.ScaleB(3, -64)));
            double multiplier = CompositionCalibration.NoiseMultiplier(
                budget, CompositionMethod.Renyi, z => new MatrixRelease(z / root, Math.Min(distance, 0.5)), count: 1);
            return CorrelatedNoisePlan.Create(integers, multiplier, parties.Contributors, parties.Colluders, sensitivity, dimension, requirements.Attempts);
        }
    }

    /// <summary>Says what the correlation is worth.</summary>
    /// <param name="update">The terms with this noise.</param>
    /// <param name="requirements">What it was planned for.</param>
    public CorrelatedPrivacyPlan Judge(UpdateTerms update, CorrelationRequirements requirements)
    {
        double d = Plan.Correlation.Denominator;
        double dither = Plan.Dither.Variance / (d * d);

        // Independent noise that costs as much: every participation and every sum beside them is a release of its own.
        double Independent(int participations)
            => ((requirements.Sequences * (double)participations) + requirements.SumsBeside) / (2 * Concentration)
                * Plan.Sensitivity.Two * Plan.Sensitivity.Two / (Plan.Parties - Plan.Colluders);
        double once = Independent(Terms.Participations);
        double mean = 0;
        double sum = 0;
        double variance = 0;
        for (int row = 0; row < Terms.Rounds; row++)
        {
            sum += row < Terms.Coefficients.Length ? Terms.Coefficients[row] / d : 0;
            variance += (Plan.Fresh.Variance * sum * sum) + dither;
            mean += variance;
        }

        double rounds = Terms.Rounds;
        double all = Independent(Terms.Rounds) / ((double)Terms.Separation * Terms.Separation);
        return new CorrelatedPrivacyPlan(update, Name, mean / (once * rounds * (rounds + 1) / 2), variance / (once * rounds), variance / (all * rounds));
    }
}
