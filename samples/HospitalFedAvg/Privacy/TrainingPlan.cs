using FedHe.Learning.PrivateTraining;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Federation;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Reports;

namespace HospitalFedAvg.Privacy;

/// <summary>A training plan hides every record by the noise of its own hospital: every hospital trains by local DP-SGD. Nothing of it depends on records, nor on how
/// many of them a hospital has but by a number that has noise.</summary>
/// <remarks>Source: Liu, Hu, Wu and Smith, arXiv 2206.07902: full noise in every silo, so that averaging is post-processing.</remarks>
internal sealed class TrainingPlan : PrivacyPlan
{
    /// <summary>The largest weight where weights are noised numbers of records. It is the same for all data, since one that followed from them would tell of the largest hospital.</summary>
    public const long LargestCount = 100_000;

    private readonly RecordPrivacy _provider;
    private readonly int _rounds;
    private readonly int _divisor;
    private readonly double _plannedEpsilon;

    private TrainingPlan(PrivacyBudget budget, UpdateTerms update, int parameters, int rounds, int divisor)
        : base(budget, update)
    {
        _provider = new RecordPrivacy(budget, Secrecy);
        _rounds = rounds;
        _divisor = divisor;
        _plannedEpsilon = RecordPrivacyPlan.EpsilonOf(Terms, parameters, rounds, Secrecy);
    }

    /// <summary>The statement that sampling rests on.</summary>
    public static SamplingSecrecy Secrecy { get; } = new(
        "Each hospital draws the records of every step itself, with coins that nobody else can compute, and tells nobody which; this holds against "
        + "everybody but that hospital.");

    public override IPrivacyProvider Provider => _provider;

    public override string PromisedTo => "every record of this hospital, against everybody who sees what leaves the hospital, in clear or decrypted, the server and the "
        + "other hospitals among them";

    /// <summary>Plans so much noise that all steps of all rounds fit the budget, or takes the noise that was chosen.</summary>
    /// <param name="options">The options.</param>
    /// <param name="promise">The promise.</param>
    /// <param name="layout">The layout of the model.</param>
    public static TrainingPlan Create(SampleOptions options, PrivacyOptions promise, ModelLayout layout)
    {
        int parameters = layout.ToArrayLength();
        PrivacyBudget budget = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, promise.Epsilon, promise.Delta, promise.Clip);
        int steps = Math.Max(1, (int)Math.Round(options.LocalEpochs / promise.Rate));
        var parts = new LocalTrainingParts
        {
            NoisedCount = promise.CountNoise is double deviation ? new NoisedCountTerms(deviation * deviation) : null,
            Mask = options.MaskPolicy is MaskPolicy policy && !policy.Select(layout).IsAll ? new PublicMaskTerms(policy) : null,
        };
        UpdateTerms update = RecordPrivacyPlan.ForLocalTraining(budget, parameters, options.Rounds, steps, promise.Rate, Secrecy, promise.NoiseMultiplier, parts);
        return new TrainingPlan(budget, update, parameters, options.Rounds, options.BatchSize);
    }

    /// <summary>Returns how a hospital draws the records of its steps.</summary>
    public static BatchSampling SamplingOf(PrivacyTerms terms)
        => terms.SamplingRate < 1 ? new PoissonBatches(terms.SamplingRate, new SecretCoins()) : new AllRecords();

    public override PrivacyAccountant AccountantOf(FederationJob job, PrivacySpending spending) => _provider.AccountantOf(job, spending);

    public override IEnumerable<(string Name, string Value)> Lines()
    {
        yield return ("privacy", Invariant(
            $"unit Record, form LocalDpSgd: epsilon {Terms.Epsilon} at delta {Terms.Delta} for every record, by the noise of its own hospital alone"));
        yield return ("neighbors", "one record of one hospital more or less");
        yield return ("noise", Invariant(
            $"discrete Gaussian noise, noise multiplier {PrivacyFigures.AtLeast(Terms.NoiseMultiplier)}, gradients clipped at {Terms.Clip} on a grid of 2^{Terms.LogClipUnits} units; {Cost()}"));
        yield return ("sampling", Terms.SamplingRate < 1
            ? Invariant($"each record is in a step with probability {Terms.SamplingRate}; amplification rests on this: {Secrecy.Statement}")
            : "all records are in every step; nothing is amplified");
        yield return ("weights", Terms.NoisedCount is NoisedCountTerms counts
            ? Invariant($"each hospital's number of records with noise of a standard deviation of {PrivacyFigures.AtLeast(Math.Sqrt(counts.Variance))}, drawn once and paid for; sums of gradients are divided by {Terms.SamplingRate} times it")
            : Invariant($"1 for every hospital, because a number of records would need noise of its own (--count-noise); sums of gradients are divided by {_divisor} everywhere (--batch)"));
        yield return ("not promised", "held-out samples, which scale the features and measure accuracy, and the columns and classes of the data are taken as public");
    }

    private string Cost() => Invariant(
        $"{_rounds} rounds of {Terms.Steps} steps cost epsilon {PrivacyFigures.AtMost(_plannedEpsilon, 3)}{(_plannedEpsilon > Budget.Epsilon ? ", MORE than the budget: hospitals stop before the end" : string.Empty)}");
}
