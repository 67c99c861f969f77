using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Federation;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Reports;

namespace HospitalFedAvg.Privacy;

/// <summary>
/// A gradient plan hides every record by noise that hospitals share inside the ciphertexts: each round is one step down the sum of all records' clipped
/// gradients.
/// </summary>
internal sealed class GradientPlan : PrivacyPlan
{
    private readonly RecordPrivacy _provider;
    private readonly int _rounds;
    private readonly int _records;

    private GradientPlan(PrivacyBudget budget, UpdateTerms update, int rounds, int records)
        : base(budget, update)
    {
        _provider = new RecordPrivacy(budget);
        _rounds = rounds;
        _records = records;
    }

    public override IPrivacyProvider Provider => _provider;

    public override string PromisedTo => "every record of every hospital, against everybody who sees the averages of all rounds: where a committee opens sums, also "
        + "against the server and the planned number of colluding hospitals together; where hospitals share a key, only while the server follows the protocol and no hospital sees uploads";

    /// <summary>Plans so much noise that all rounds fit the budget.</summary>
    /// <param name="options">The options.</param>
    /// <param name="promise">The promise.</param>
    /// <param name="parameters">The number of the model's parameters.</param>
    public static GradientPlan Create(SampleOptions options, PrivacyOptions promise, int parameters)
    {
        PrivacyBudget budget = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, promise.Epsilon, promise.Delta, promise.Clip);
        (int dropouts, int colluders) = PartiesOf(options, promise);
        int records = promise.Records!.Value;
        UpdateTerms update = RecordPrivacyPlan.ForGradients(
            budget, NoiseMechanism.Skellam, parameters, options.Rounds, options.Clients, dropouts, colluders, options.LearningRate, records);
        return new GradientPlan(budget, update, options.Rounds, records);
    }

    public override PrivacyAccountant AccountantOf(FederationJob job, PrivacySpending spending) => _provider.AccountantOf(job, spending);

    public override IEnumerable<(string Name, string Value)> Lines()
    {
        yield return ("privacy", Invariant(
            $"unit Record, form DistributedGradient: epsilon {Terms.Epsilon} at delta {Terms.Delta} for every record, by noise that hospitals share inside the ciphertexts"));
        yield return ("neighbors", "one record of one hospital more or less; who takes part is public");
        yield return ("noise", Invariant(
            $"{Terms.Mechanism} noise in every sum, noise multiplier {PrivacyFigures.AtLeast(Terms.NoiseMultiplier)}, gradients clipped at {Terms.Clip} on a grid of 2^{Terms.LogClipUnits} units; planned for {_rounds} rounds of one step with all records"));
        yield return ("shares", Shares);
        yield return ("weights", Invariant(
            $"1 for every hospital, because a number of records would need noise of its own; sums of gradients are divided by {_records} everywhere (--records)"));
        yield return ("integers", Invariant(
            $"sums of gradients travel as integers up to {Update.Integers!.Bound}, and one unit moves the model by {Update.Integers.Step:G5}"));
        yield return ("not private", "plaintext accuracy and the difference to it, which are of the same sums without noise and shown for comparison alone");
        yield return ("not promised", "held-out samples, which scale the features and measure accuracy, and the columns and classes of the data are taken as public");
    }
}
