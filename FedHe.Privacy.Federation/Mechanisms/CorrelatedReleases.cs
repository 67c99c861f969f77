using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Correlation;
using FedHe.Privacy.Distribution;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Rounding;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>Correlated releases describe the sequences of a job whose noise is correlated over rounds, and the sums beside them, for an accountant.</summary>
internal sealed class CorrelatedReleases
{
    private readonly PrivacyTerms _terms;
    private readonly double _clampProbability;

    public CorrelatedReleases(PrivacyTerms terms, IntegerTerms integers, int dimension)
    {
        _terms = terms;
        double step = GridStepOf(terms, integers);
        GridSensitivity sensitivity = SumReleases.SensitivityOf(terms, step, dimension);
        Plan = PlanOf(terms, sensitivity, dimension);
        Rounding = terms.Form is null ? SumReleases.RoundingOf(terms, step, dimension) : null;
        Largest = terms.Form is null ? (long)Math.Ceiling(sensitivity.Two) : integers.Bound / 2 / Plan.Correlation.Denominator;

        // What is left of the bound is for noise.
        double room = integers.Bound - ((double)Largest * Plan.Correlation.Denominator);
        _clampProbability = room > 0 && Largest > 0 ? WrapAround.OfDiscreteGaussian(RowVarianceOf(Plan), room, dimension) : 1;
        if (_clampProbability * terms.Contributors >= SumReleases.LargestClampProbability)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.RangeTooSmall);
        }
    }

    /// <summary>What each client adds in every row.</summary>
    public CorrelatedNoisePlan Plan { get; }

    /// <summary>How a difference is rounded; null for sums of gradients.</summary>
    public GridRounding? Rounding { get; }

    /// <summary>The largest magnitude of a client's integers on the grid, before they are multiplied by the denominator.</summary>
    public long Largest { get; }

    /// <summary>
    /// Returns the value of one unit of the grid on which differences are rounded. Only the clients of a part have one in a sum, and the step of the job's integers makes up for the others.
    /// </summary>
    public static double GridStepOf(PrivacyTerms terms, IntegerTerms integers)
        => integers.Step * terms.Correlation!.Denominator / (terms.Form is null ? terms.Correlation.Separation : 1);

    /// <summary>Returns the plan of the noise of terms.</summary>
    public static CorrelatedNoisePlan PlanOf(PrivacyTerms terms, GridSensitivity sensitivity, int dimension)
    {
        CorrelationTerms stated = terms.Correlation!;
        var schedule = new ParticipationSchedule(stated.Rounds, stated.Separation, stated.Participations);
        IntegerCorrelation correlation = IntegerCorrelation.Of(stated.Coefficients, schedule);
        double multiplier = Math.Sqrt(terms.Variance) / (correlation.Sensitivity * sensitivity.Two);
        return CorrelatedNoisePlan.Create(correlation, multiplier, terms.Contributors, terms.Colluders, sensitivity, dimension, stated.Attempts);
    }

    /// <summary>Bounds the variance of what a client adds in a row, in squared units of the job's integers. Sums of discrete Gaussians have tails of this variance.</summary>
    public static double RowVarianceOf(CorrelatedNoisePlan plan)
        => (plan.Fresh.Variance * plan.Correlation.Coefficients.Sum(one => (double)one * one)) + plan.Dither.Variance;

    /// <summary>Describes a charge.</summary>
    /// <remarks>A client that moves a value of its noised vector to the bound changes the noise of the sum.</remarks>
    public PrivacyRelease Of(PrivacyCharge charge)
    {
        double clamped = _terms.Contributors * _clampProbability;
        if (charge.IsSequence)
        {
            MatrixRelease sequence = Plan.Describe();
            return new MatrixRelease(sequence.NoiseMultiplier, Math.Min(sequence.Distance + (clamped * _terms.Correlation!.Rounds), 1 - 1e-9));
        }

        DiscreteGaussianRelease sum = Plan.DescribeAttempt(charge.Contributors);
        return new DiscreteGaussianRelease(sum.NoiseMultiplier, Math.Min(sum.Distance + clamped, 1 - 1e-9));
    }

    /// <summary>Computes what charges cost together.</summary>
    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges)
    {
        PrivacyComposition composition = PrivacyComposition.Of(CompositionMethod.Renyi);
        foreach (IGrouping<(bool IsSequence, int Contributors), PrivacyCharge> group in charges
            .GroupBy(charge => (charge.IsSequence, charge.Contributors)).OrderBy(group => group.Key))
        {
            composition = composition.Add(Of(group.First()), group.Sum(charge => (long)charge.Count));
        }

        return composition.Epsilon(_terms.Delta);
    }
}
