using FedHe.MLBridge.Integers;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Calibration;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Federation.Planning;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation;

/// <summary>A record privacy plan finds the update terms of a job that keeps a budget for single records over a number of rounds.</summary>
public static class RecordPrivacyPlan
{
    // Rounding a gradient to the grid takes at most a sixteenth of its norm.
    private const double UnitsPerRootDimension = 8;

    // Rounding errors of all records together have less than a hundredth of the variance of noise of one clip norm.
    private const double UnitsPerRootRecord = 3;

    // A client that begins again without its state draws a second count before it can know of the first one.
    private const int PlannedCounts = 2;

    // More than any sampler's distance of one sample.
    private static readonly double SampleDistance = Math.ScaleB(1, -64);

    /// <summary>Plans distributed gradients: one step of gradient descent a round, with noise that clients share.</summary>
    /// <param name="budget">What is promised, for records by distributed gradients.</param>
    /// <param name="mechanism">The kind of noise.</param>
    /// <param name="dimension">The number of values of the model, positive.</param>
    /// <param name="sums">The number of sums that the budget must suffice for, positive: the rounds of the job, and more where rounds may be repeated.</param>
    /// <param name="contributors">The number of clients that each round asks, at least 2.</param>
    /// <param name="dropouts">The largest number of them that may drop out.</param>
    /// <param name="colluders">The largest number of contributors that may collude, at least 1: whoever sees the average knows its own share.</param>
    /// <param name="learningRate">The step size of gradient descent, positive and finite.</param>
    /// <param name="records">
    /// The number that each client's sum is divided by, positive and public: about as many records as a client has. It is the same for all clients and depends
    /// on no record, so that no count is told. A client of more records moves its sum into a bound that is made for so many.
    /// </param>
    /// <returns>The terms: differences, integers with room for the sums and the noise, and the promise.</returns>
    /// <exception cref="PrivacyException">The budget is another one, no noise suffices, or a number is out of range.</exception>
    /// <exception cref="PrivacyRefusedException">The parties leave nobody whose noise counts, no contributor may collude, or the integers would exceed 2^31.</exception>
    public static UpdateTerms ForGradients(
        PrivacyBudget budget,
        NoiseMechanism mechanism,
        int dimension,
        int sums,
        int contributors,
        int dropouts,
        int colluders,
        double learningRate,
        int records)
    {
        Require(budget, RecordForm.DistributedGradient);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sums);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(records);
        if (!(learningRate > 0 && double.IsFinite(learningRate)))
        {
            throw new ArgumentOutOfRangeException(nameof(learningRate));
        }

        int logClipUnits = LogClipUnitsOf(dimension, records, contributors);
        PrivacyTerms TermsWith(double variance) => PrivacyTerms.ForGradients(
            budget.Epsilon, budget.Delta, budget.Clip, logClipUnits, mechanism, variance, contributors, dropouts, colluders);

        // Refuses parties that leave nobody, before they are computed with.
        PrivacyTerms withoutNoise = TermsWith(1);
        var sensitivity = GridSensitivity.OfIntegers(1L << logClipUnits, dimension);
        var noise = SumNoise.Plan(budget, SumReleases.KindOf(mechanism), sensitivity, dimension, sums, withoutNoise);

        // Half of the bound is for the sum, and half for the noise. Sums of very many records have less room than all of them could fill together.
        double largestSum = Math.Min(Math.ScaleB(records, logClipUnits), IntegerUpdates.LargestBound / 2);
        double bound = 2 * Math.Max(noise.Room, largestSum);
        double step = Math.ScaleB(learningRate * budget.Clip / records, -logClipUnits);
        return bound <= IntegerUpdates.LargestBound
            ? new UpdateTerms(UpdateKind.Difference, new IntegerTerms(step, (long)bound), TermsWith(noise.Variance))
            : throw new PrivacyRefusedException(PrivacyRefusal.RangeTooSmall);
    }

    /// <summary>Plans distributed gradients with noise that is correlated over rounds: each round adds up the gradients of one part of the records.</summary>
    /// <param name="budget">What is promised, for records by distributed gradients.</param>
    /// <param name="requirements">Over which rounds noise is correlated, how seldom a record takes part, and what the budget must suffice for.</param>
    /// <param name="dimension">The number of values of the model, positive.</param>
    /// <param name="contributors">The number of clients, all of whom each round asks, at least 2.</param>
    /// <param name="dropouts">The largest number of them that may be missing in a sum. Such a sum ends its sequence; with 0 it is never opened.</param>
    /// <param name="colluders">The largest number of contributors that may collude, at least 1: whoever sees the average knows its own share.</param>
    /// <param name="learningRate">The step size of gradient descent, positive and finite.</param>
    /// <param name="recordsOfPart">The number that each client's sum is divided by, positive and public: about as many records as a client has in one part.</param>
    /// <returns>The terms, and what the correlation is worth.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension, the records, the learning rate, or the number of sequences or sums is out of range.</exception>
    /// <exception cref="PrivacyException">The budget is another one, no noise suffices, or a number is out of range.</exception>
    /// <exception cref="PrivacyRefusedException">
    /// The parties leave nobody whose noise counts, no contributor may collude, a part of the correlation is out of range, or the integers would exceed 2^31.
    /// </exception>
    public static CorrelatedPrivacyPlan ForCorrelatedGradients(
        PrivacyBudget budget,
        CorrelationRequirements requirements,
        int dimension,
        int contributors,
        int dropouts,
        int colluders,
        double learningRate,
        int recordsOfPart)
    {
        Require(budget, RecordForm.DistributedGradient);
        ArgumentNullException.ThrowIfNull(requirements);
        requirements.Require();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(recordsOfPart);
        if (!(learningRate > 0 && double.IsFinite(learningRate)))
        {
            throw new ArgumentOutOfRangeException(nameof(learningRate));
        }

        int logClipUnits = LogClipUnitsOf(dimension, recordsOfPart, contributors);
        PrivacyTerms TermsWith(double variance) => PrivacyTerms.ForGradients(
            budget.Epsilon, budget.Delta, budget.Clip, logClipUnits, NoiseMechanism.DiscreteGaussian, variance, contributors, dropouts, colluders);

        // Refuses parties that leave nobody, before they are computed with.
        _ = TermsWith(1);
        var sensitivity = GridSensitivity.OfIntegers(1L << logClipUnits, dimension);
        double largestSum = Math.ScaleB(recordsOfPart, logClipUnits);
        return CorrelatedTerms.Find(
            requirements,
            bits => CorrelatedNoise.Find(budget, requirements, bits, sensitivity, dimension, (contributors, dropouts, colluders)),
            noise => 2 * Math.Max(noise.Room, largestSum * noise.Terms.Denominator),
            denominator => Math.ScaleB(learningRate * budget.Clip / recordsOfPart, -logClipUnits) / denominator,
            TermsWith);
    }

    /// <summary>Plans local training: several steps a round with the whole noise of each client.</summary>
    /// <param name="budget">What is promised, for records by local DP-SGD.</param>
    /// <param name="dimension">The number of values of the model, positive.</param>
    /// <param name="trainings">
    /// The number of trainings that the budget must suffice for, positive: the rounds of the job, and more where a client may have to train again for a round.
    /// </param>
    /// <param name="steps">The number of steps of one training, positive.</param>
    /// <param name="samplingRate">The probability of each record to be in a step, above 0; 1 for steps with all records, which claim nothing.</param>
    /// <param name="secrecy">From whom every client keeps its sample secret, or null where the rate is 1.</param>
    /// <param name="noiseMultiplier">The standard deviation of the noise over the clip norm, positive and finite, or null for the least that fits the budget.</param>
    /// <param name="parts">What the plan has beside, or null for nothing. The budget suffices for two noised counts of a client, one of which it may have lost with its state.</param>
    /// <returns>The terms: differences, and the promise.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension, the number of trainings or the noise multiplier is out of range.</exception>
    /// <exception cref="PrivacyException">The budget is another one, no noise suffices, or a number is out of range.</exception>
    /// <exception cref="PrivacyRefusedException">Records are sampled without a statement of secrecy, or a part of the terms is out of range.</exception>
    public static UpdateTerms ForLocalTraining(
        PrivacyBudget budget,
        int dimension,
        int trainings,
        int steps,
        double samplingRate,
        SamplingSecrecy? secrecy = null,
        double? noiseMultiplier = null,
        LocalTrainingParts? parts = null)
    {
        Require(budget, RecordForm.LocalDpSgd);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trainings);
        if (noiseMultiplier is double stated && !(stated > 0 && double.IsFinite(stated)))
        {
            throw new ArgumentOutOfRangeException(nameof(noiseMultiplier));
        }

        // Refuses a rate or steps out of range, before they are computed with.
        PrivacyTerms TermsWith(int logClipUnits, double variance) => PrivacyTerms.ForLocalTraining(
            budget.Epsilon, budget.Delta, budget.Clip, logClipUnits, variance, samplingRate, steps) with
        { NoisedCount = parts?.NoisedCount, PublicMask = parts?.Mask };
        _ = TermsWith(PrivacyTerms.MaxLogClipUnits, 1);
        double distance = dimension * SampleDistance;

        // Refuses samples without a statement of secrecy, also where the noise is given.
        _ = StepReleases.Describe(1, samplingRate, secrecy, distance);
        PrivacyComposition beside = PrivacyComposition.Of(CompositionMethod.Renyi);
        beside = parts?.NoisedCount is NoisedCountTerms counts ? beside.Add(new CountNoise(counts).Release, PlannedCounts) : beside;
        double multiplier = noiseMultiplier ?? CompositionCalibration.NoiseMultiplier(
            budget, CompositionMethod.Renyi, noise => StepReleases.Describe(noise, samplingRate, secrecy, distance), (long)trainings * steps, beside);

        // The finest grid whose noise a sampler draws: deviations below 2^20 units.
        int log = Math.Min(PrivacyTerms.MaxLogClipUnits, PrivacyTerms.MaxLogClipUnits - 1 - Math.ILogB(multiplier));
        double deviation = Math.ScaleB(multiplier, log);
        return new UpdateTerms(UpdateKind.Difference, integers: null, TermsWith(log, Math.BitIncrement(deviation * deviation)));
    }

    /// <summary>Computes what trainings cost together with the noised counts that a plan reckons with, if the terms have any, at the delta of the terms.</summary>
    /// <param name="terms">Terms for local training.</param>
    /// <param name="dimension">The number of values of the model, positive.</param>
    /// <param name="trainings">The number of trainings, at least 0.</param>
    /// <param name="secrecy">From whom the client keeps its sample secret, or null where the rate is 1.</param>
    /// <returns>The epsilon, which may be above the one of the terms.</returns>
    /// <exception cref="PrivacyRefusedException">The terms are for another form, or records are sampled without a statement of secrecy.</exception>
    public static double EpsilonOf(PrivacyTerms terms, int dimension, int trainings, SamplingSecrecy? secrecy)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegative(trainings);
        PrivacyCharge[] counts = terms.NoisedCount is null ? [] : [new PrivacyCharge(Round: 0, Contributors: 1, PlannedCounts)];
        return new StepReleases(terms, dimension, secrecy).EpsilonOf([.. counts, new PrivacyCharge(Round: 1, Contributors: 1, trainings)]);
    }

    private static int LogClipUnitsOf(int dimension, int records, int contributors)
    {
        double units = Math.Max(UnitsPerRootDimension * Math.Sqrt(dimension), UnitsPerRootRecord * Math.Sqrt((double)records * Math.Max(contributors, 1)));
        return Math.Max(PrivacyTerms.MinLogClipUnits, (int)Math.Ceiling(Math.Log2(units)));
    }

    private static void Require(PrivacyBudget budget, RecordForm form)
    {
        ArgumentNullException.ThrowIfNull(budget);
        if (budget.Form != form)
        {
            throw new PrivacyException(PrivacyError.RecordFormMismatch, $"This plan is for records and {form}. State a budget for them.");
        }
    }
}
