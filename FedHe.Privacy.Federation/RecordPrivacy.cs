using System.Globalization;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation;

/// <summary>
/// Record privacy is the privacy provider for jobs whose unit is a record. For distributed gradients it adds the client's share of the noise to the sum of
/// clipped gradients; for local training it accounts, and the trainer adds the noise, which <see cref="LocalNoise"/> draws. Where the job weighs clients by their records, it adds noise to
/// the count. It accounts with Renyi divergences.
/// </summary>
/// <remarks>
/// The promise is for one job each, as in <see cref="ClientPrivacy"/>. The trainer clips: the provider sees sums of gradients, and no gradient of one record.
/// </remarks>
/// <example>
/// <code>
/// var privacy = new RecordPrivacy(PrivacyBudget.ForRecords(RecordForm.DistributedGradient, epsilon: 8, delta: 1e-5, clip: 1));
/// setup = setup with { Privacy = privacy };
/// </code>
/// </example>
public sealed class RecordPrivacy : IPrivacyProvider
{
    private readonly PrivacyBudget _promise;
    private readonly SamplingSecrecy? _secrecy;

    /// <summary>Creates a provider.</summary>
    /// <param name="promise">The promise that this client made to the people in its data, from a source other than the job.</param>
    /// <param name="secrecy">
    /// From whom this client keeps secret which records a step takes, or null where nothing is claimed: a job that samples records is refused then.
    /// </param>
    /// <exception cref="PrivacyException">The promise is one for clients.</exception>
    public RecordPrivacy(PrivacyBudget promise, SamplingSecrecy? secrecy = null)
    {
        ArgumentNullException.ThrowIfNull(promise);
        _promise = promise.Unit == PrivacyUnit.Record
            ? promise
            : throw new PrivacyException(PrivacyError.RecordFormMismatch, "RecordPrivacy promises for records. Use ClientPrivacy to promise for clients.");
        _secrecy = secrecy;
    }

    /// <summary>
    /// The smallest number of contributors that this client reckons with to collude; a job of distributed gradients whose noise is planned for fewer is refused.
    /// </summary>
    public int LeastColluders { get; init; } = 1;

    /// <inheritdoc/>
    /// <exception cref="PrivacyRefusedException">
    /// The job has no privacy terms for records in the form of the promise, plans for too few colluders, samples records without a statement of secrecy, or
    /// the bound of its integers leaves no room for the noise.
    /// </exception>
    /// <exception cref="PrivacyException">The job promises less than this client did, or clips at another bound; or its noise cannot be drawn.</exception>
    public IPrivacyMechanism Create(FederationJob job)
    {
        PrivacyTerms terms = new OwnPromise(_promise, LeastColluders).Require(job);
        int dimension = job.Terms.Layout.ToArrayLength();
        return terms switch
        {
            { Correlation: not null } => CorrelatedGradientMechanism.Of(terms, job.Update.Integers!, dimension),
            { IsNoiseShared: true } => new GradientPrivacyMechanism(terms, job.Update.Integers!, dimension),
            _ => new LocalPrivacyMechanism(new StepReleases(terms, dimension, _secrecy)),
        };
    }

    /// <summary>Writes what a job has cost this client's records into a ledger, for reports and for whoever checks them.</summary>
    /// <param name="job">The job, which has privacy terms for records.</param>
    /// <param name="spending">What the client counted: <c>FederationClient.Privacy</c>.</param>
    /// <returns>The accountant, with one entry for each charge. It has spent more than its budget where a client that lost its state was charged for what it may have released before.</returns>
    /// <exception cref="PrivacyRefusedException">The job has no privacy terms for records, or samples records without a statement of secrecy.</exception>
    public PrivacyAccountant AccountantOf(FederationJob job, PrivacySpending spending)
    {
        ArgumentNullException.ThrowIfNull(spending);
        PrivacyTerms terms = OwnPromise.TermsOf(job);
        if (terms.Form is null)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.OtherForm);
        }

        if (terms.IsNoiseShared)
        {
            return SumLedgers.Write(PrivacyBudget.ForRecords(RecordForm.DistributedGradient, terms.Epsilon, terms.Delta, terms.Clip), job, spending);
        }

        var releases = new StepReleases(terms, job.Terms.Layout.ToArrayLength(), _secrecy);
        var accountant = new PrivacyAccountant(
            PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, terms.Epsilon, terms.Delta, terms.Clip), CompositionMethod.Renyi);
        foreach (PrivacyCharge charge in spending.Charges)
        {
            string purpose = charge.IsNoisedCount ? "noised number of records"
                : string.Create(CultureInfo.InvariantCulture, $"round {charge.Round}, {charge.Count} x {terms.Steps} steps of local training");
            (PrivacyRelease release, long count) = releases.Of(charge);
            accountant.Record(purpose, release, count);
        }

        return accountant;
    }
}
