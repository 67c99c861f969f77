using System.Globalization;
using FedHe.Learning.PerSample;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Ledgers;

namespace HospitalFedAvg.Privacy;

/// <summary>A privacy plan says what the job promises, to whom, with which noise, and what it has cost.</summary>
/// <param name="budget">What every hospital promises.</param>
/// <param name="update">The update terms of the job, which all hospitals agree to.</param>
internal abstract class PrivacyPlan(PrivacyBudget budget, UpdateTerms update)
{
    /// <summary>What every hospital promises.</summary>
    public PrivacyBudget Budget => budget;

    /// <summary>The update terms of the job.</summary>
    public UpdateTerms Update => update;

    /// <summary>The terms of the promise.</summary>
    public PrivacyTerms Terms => update.Privacy!;

    /// <summary>The provider of every hospital.</summary>
    public abstract IPrivacyProvider Provider { get; }

    /// <summary>What the promise hides: a hospital or a record.</summary>
    public string Unit => Budget.Unit == PrivacyUnit.Client ? "hospital" : "record";

    /// <summary>To whom the job promises, and against whom the promise holds.</summary>
    public abstract string PromisedTo { get; }

    /// <summary>A ledger without a release.</summary>
    public PrivacyAccountant EmptyLedger => new(Budget, CompositionMethod.Renyi);

    /// <summary>Plans for the unit and the form that the options name.</summary>
    /// <param name="options">The options, with a promise.</param>
    /// <param name="layout">The layout of the model.</param>
    public static PrivacyPlan Create(SampleOptions options, ModelLayout layout) => options.Privacy! switch
    {
        { Unit: PrivacyUnit.Client } promise => ClientPlan.Create(options, promise, layout.ToArrayLength()),
        { Form: RecordForm.DistributedGradient } promise => GradientPlan.Create(options, promise, layout.ToArrayLength()),
        PrivacyOptions promise => TrainingPlan.Create(options, promise, layout),
    };

    /// <summary>Returns how gradients of records are clipped under a job's terms.</summary>
    public static GradientClipping ClippingOf(PrivacyTerms terms) => new()
    {
        ClipNorm = terms.Clip,
        LogClipUnits = terms.LogClipUnits,

        // A refusal would depend on the records.
        NonFinite = NonFiniteGradients.Zero,
    };

    /// <summary>Writes what a hospital counted into a ledger.</summary>
    public abstract PrivacyAccountant AccountantOf(FederationJob job, PrivacySpending spending);

    /// <summary>Words the plan, for people who judge it.</summary>
    public abstract IEnumerable<(string Name, string Value)> Lines();

    /// <summary>Returns the hospitals that the noise reckons with to drop out and to collude.</summary>
    protected static (int Dropouts, int Colluders) PartiesOf(SampleOptions options, PrivacyOptions promise) => (
        promise.Dropouts ?? (options.Dropout > 0 ? Math.Max(1, options.Clients / 4) : 0),
        promise.Colluders ?? (options.KeyPlan.IsCommittee ? options.KeyPlan.TermsOf(HospitalNames.Of(options.Clients)).Corrupt : 1));

    /// <summary>Words how hospitals share noise.</summary>
    protected string Shares => Invariant(
        $"each of {Terms.Contributors} hospitals adds 1/{Counted} of the variance: {Terms.Dropouts} may drop out and {Terms.Colluders} may collude, which costs {(double)Terms.Contributors / Counted:F2} times the variance; a sum of fewer than {Terms.SmallestContributors} is not opened");

    private int Counted => Terms.Contributors - Terms.Dropouts - Terms.Colluders;

    protected static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
