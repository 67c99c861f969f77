using FedHe.Orchestration.Job;
using FedHe.Privacy.Correlation;
using FedHe.Privacy.Federation.Mechanisms;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>Compares the noise in the opened sums of some rounds with the covariance that was promised.</summary>
internal static class SequenceStatistics
{
    // Six standard deviations of a sample covariance.
    private const double Deviations = 6;

    /// <summary>Returns the opened sums of all rounds, in units of the job's integers, from the models behind them.</summary>
    public static double[][] SumsOf(SortedDictionary<int, double[]> models, UpdateTerms update, int contributors)
    {
        double[] before = new double[models.First().Value.Length];
        var sums = new List<double[]>();
        foreach (double[] model in models.Values)
        {
            double[] start = before;
            sums.Add([.. model.Select((value, i) => (value - start[i]) * contributors / update.Integers!.Step)]);
            before = model;
        }

        return [.. sums];
    }

    /// <summary>Returns the promised covariance of two rows of a sequence of some clients.</summary>
    public static double Covariance(CorrelatedNoisePlan plan, int first, int second, int contributors)
    {
        int lag = Math.Abs(second - first);
        IReadOnlyList<long> coefficients = plan.Correlation.Coefficients;
        double sum = 0;
        for (int j = 0; j <= Math.Min(first, second) && j + lag < coefficients.Count; j++)
        {
            sum += (double)coefficients[j] * coefficients[j + lag];
        }

        return contributors * ((plan.Fresh.Variance * sum) + (lag == 0 ? plan.Dither.Variance : 0));
    }

    /// <summary>Checks the covariance of all pairs of rows.</summary>
    /// <param name="rows">The opened sums, less what clients contributed to them.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="contributors">The number of clients.</param>
    public static void Check(IReadOnlyList<double[]> rows, CorrelatedNoisePlan plan, int contributors)
    {
        for (int first = 0; first < rows.Count; first++)
        {
            for (int second = first; second < rows.Count; second++)
            {
                double expected = Covariance(plan, first, second, contributors);
                double product = Covariance(plan, first, first, contributors) * Covariance(plan, second, second, contributors);
                double tolerance = Deviations * Math.Sqrt((product + (expected * expected)) / rows[first].Length);
                rows[first].Zip(rows[second], (left, right) => left * right).Average()
                    .Should().BeApproximately(expected, tolerance, $"rows {first} and {second} have the promised covariance");
            }
        }
    }

    public static CorrelatedNoisePlan PlanOf(UpdateTerms update, int dimension)
        => new CorrelatedReleases(update.Privacy!, update.Integers!, dimension).Plan;
}
