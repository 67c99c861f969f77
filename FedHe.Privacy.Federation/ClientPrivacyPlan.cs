using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Federation.Planning;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Rounding;

namespace FedHe.Privacy.Federation;

/// <summary>A client privacy plan finds the update terms of a job that keeps a budget over a number of sums.</summary>
public static class ClientPrivacyPlan
{
    /// <summary>The largest probability that a random rounding is dropped, exp(-1/2).</summary>
    public static readonly double UsualRetryProbability = Math.Exp(-0.5);

    /// <summary>Rotation terms that move a coordinate of one in 2^40 differences.</summary>
    public static readonly RotationTerms UsualRotation = new(Math.ScaleB(1, -40));

    /// <summary>Returns adaptive clip terms that follow the median of the clients' norms, as the authors of the method recommend.</summary>
    /// <param name="contributors">The number of clients that each round asks.</param>
    /// <param name="dropouts">The largest number of them that may drop out.</param>
    /// <param name="colluders">The largest number of contributors that may collude.</param>
    /// <returns>
    /// A rate of 0.2, and noise of the deviation n / 20 in the number of clients that keep the clip, or more where shares of it would be too small to draw.
    /// </returns>
    /// <exception cref="PrivacyRefusedException">No contributor is left whose noise counts.</exception>
    public static AdaptiveClipTerms UsualAdaptiveClip(int contributors, int dropouts, int colluders)
        => contributors - dropouts - colluders < 1
            ? throw new PrivacyRefusedException(PrivacyRefusal.PartiesOutOfRange)
            : new AdaptiveClipTerms(quantile: 0.5, rate: 0.2, Math.Max(contributors - dropouts - colluders, contributors / 10.0 * (contributors / 10.0)));

    // The norm of a rounded vector hardly exceeds the clip where the clip is many steps, more than the square root of the dimension.
    private const double FewestStepsInClip = 256;
    private const double StepsPerRootDimension = 8;

    /// <summary>Plans update terms.</summary>
    /// <param name="budget">What is promised, for clients.</param>
    /// <param name="mechanism">The kind of noise.</param>
    /// <param name="dimension">The number of values of the model, positive.</param>
    /// <param name="sums">
    /// The number of sums that the budget must suffice for, positive: the rounds of the job, and more where rounds may be repeated.
    /// </param>
    /// <param name="contributors">The number of clients that each round asks, at least 2.</param>
    /// <param name="dropouts">The largest number of them that may drop out.</param>
    /// <param name="colluders">The largest number of contributors that may collude, at least 1: whoever sees the average knows its own share.</param>
    /// <param name="parts">What the plan has beside, or null for nothing.</param>
    /// <returns>The terms: differences, integers with room for the noise, and the promise.</returns>
    /// <exception cref="PrivacyException">The budget is one for records, no noise suffices, or a number is out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or the layout of a mask has another number of values.</exception>
    /// <exception cref="PrivacyRefusedException">
    /// The parties leave nobody whose noise counts, no contributor may collude, the model is too long for a rotation, the mask leaves nothing in clear, parts
    /// do not go together, or the integers would exceed 2^31, or 2^30 where some are in clear.
    /// </exception>
    public static UpdateTerms Create(
        PrivacyBudget budget,
        NoiseMechanism mechanism,
        int dimension,
        int sums,
        int contributors,
        int dropouts,
        int colluders,
        ClientPrivacyParts? parts = null)
    {
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sums);
        RequireClients(budget);

        // Refuses parties that leave nobody, before they are computed with.
        PrivacyTerms TermsWith(double variance) => PrivacyTerms.Create(
            ProtectedUnit.Client, budget.Epsilon, budget.Delta, budget.Clip, mechanism, variance, UsualRetryProbability, contributors, dropouts, colluders) with
        {
            Rotation = parts?.Rotation,
            PublicMask = parts?.Mask?.Rule,
            AdaptiveClip = parts?.AdaptiveClip,
        };
        PrivacyTerms withoutNoise = TermsWith(1);
        double unit = parts?.Step ?? StepOf(budget.Clip, dimension);
        int coordinates = SumReleases.DimensionOf(withoutNoise, dimension);
        int inClear = parts?.Mask is var (rule, layout) ? ClearCountOf(rule, layout, dimension) : 0;
        GridSensitivity sensitivity = SumReleases.SensitivityOf(withoutNoise, unit, coordinates);
        var noise = SumNoise.Plan(budget, SumReleases.KindOf(mechanism), sensitivity, coordinates, sums, withoutNoise, inClear);
        double bound = SumReleases.LargestOf(withoutNoise, sensitivity, new IntegerTerms(unit, bound: 1), coordinates) + noise.Room;
        return bound <= (inClear > 0 ? IntegerUpdates.LargestClearBound : IntegerUpdates.LargestBound)
            ? new UpdateTerms(UpdateKind.Difference, new IntegerTerms(unit, (long)bound), TermsWith(noise.Variance))
            : throw new PrivacyRefusedException(PrivacyRefusal.RangeTooSmall);
    }

    /// <summary>Plans update terms with noise that is correlated over rounds: each round adds up the differences of one part of the clients, and the noise of all.</summary>
    /// <param name="budget">What is promised, for clients.</param>
    /// <param name="requirements">Over which rounds noise is correlated, how seldom a client takes part, and what the budget must suffice for.</param>
    /// <param name="dimension">The number of values of the model, positive.</param>
    /// <param name="contributors">The number of clients, all of whom each round asks, at least 2.</param>
    /// <param name="dropouts">The largest number of them that may be missing in a sum. Such a sum ends its sequence; with 0 it is never opened.</param>
    /// <param name="colluders">The largest number of contributors that may collude, at least 1: whoever sees the average knows its own share.</param>
    /// <param name="step">The value of one unit of the grid on which differences are rounded, or null for a power of two with which rounding costs less than a hundredth of the noise.</param>
    /// <returns>
    /// The terms, and what the correlation is worth. Averages are over all clients, and their units are as many times larger as there are parts, so that the model moves by the mean difference of the part.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension, or the number of sequences or sums is out of range.</exception>
    /// <exception cref="PrivacyException">The budget is one for records, no noise suffices, or a number is out of range.</exception>
    /// <exception cref="PrivacyRefusedException">
    /// The parties leave nobody whose noise counts, no contributor may collude, a part of the correlation is out of range, or the integers would exceed 2^31.
    /// </exception>
    public static CorrelatedPrivacyPlan CreateCorrelated(
        PrivacyBudget budget, CorrelationRequirements requirements, int dimension, int contributors, int dropouts, int colluders, double? step = null)
    {
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentNullException.ThrowIfNull(requirements);
        requirements.Require();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        RequireClients(budget);
        PrivacyTerms TermsWith(double variance) => PrivacyTerms.Create(
            ProtectedUnit.Client, budget.Epsilon, budget.Delta, budget.Clip, NoiseMechanism.DiscreteGaussian, variance, UsualRetryProbability, contributors, dropouts, colluders);
        _ = TermsWith(1);
        double unit = step ?? StepOf(budget.Clip, dimension);
        GridSensitivity sensitivity = GridRounding.Create(budget.Clip, unit, dimension, UsualRetryProbability).Sensitivity;
        return CorrelatedTerms.Find(
            requirements,
            bits => CorrelatedNoise.Find(budget, requirements, bits, sensitivity, dimension, (contributors, dropouts, colluders)),
            noise => (Math.Ceiling(sensitivity.Two) * noise.Terms.Denominator) + noise.Room,
            denominator => unit * requirements.Separation / denominator,
            TermsWith);
    }

    private static void RequireClients(PrivacyBudget budget)
    {
        if (budget.Unit != PrivacyUnit.Client)
        {
            throw new PrivacyException(PrivacyError.RecordFormMismatch, "This plan hides whole clients. State a budget for clients, or use RecordPrivacyPlan.");
        }
    }

    private static int ClearCountOf(PublicMaskTerms rule, ModelLayout layout, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(dimension, layout.ParameterCount);
        return (int)rule.MaskOf(layout).ClearCount;
    }

    private static double StepOf(double clip, int dimension)
        => Math.ScaleB(1, Math.ILogB(clip / Math.Max(FewestStepsInClip, StepsPerRootDimension * Math.Sqrt(dimension))));
}
