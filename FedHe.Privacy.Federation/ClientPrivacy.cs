using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Ledgers;

namespace FedHe.Privacy.Federation;

/// <summary>
/// Client privacy is the privacy provider for jobs whose unit is a client: it clips the difference of the client's model, rounds it at random, adds the
/// client's share of the noise, and accounts with Renyi divergences.
/// </summary>
/// <remarks>
/// The promise is for one job each: what other jobs spend on the same data adds up with it, and nothing here counts that. A job refuses terms that plan for
/// fewer dropouts than its quorum permits, or for fewer colluders than members of its committee may break the protocol. Whether these numbers are right for the people
/// behind the other clients is for the operator of a client to say, by <see cref="LeastColluders"/>.
/// </remarks>
/// <example>
/// <code>
/// // What the client promised, in its own words; a job that promises less, or clips elsewhere, is refused.
/// var privacy = new ClientPrivacy(PrivacyBudget.ForClients(epsilon: 8, delta: 1e-5, clip: 1)) { LeastColluders = 2 };
/// setup = setup with { Privacy = privacy };
/// </code>
/// </example>
public sealed class ClientPrivacy : IPrivacyProvider
{
    private readonly PrivacyBudget _promise;

    /// <summary>Creates a provider.</summary>
    /// <param name="promise">The promise that this client made to the people in its data, from a source other than the job.</param>
    /// <exception cref="PrivacyException">The promise is one for records.</exception>
    public ClientPrivacy(PrivacyBudget promise)
    {
        ArgumentNullException.ThrowIfNull(promise);
        _promise = promise.Unit == PrivacyUnit.Client
            ? promise
            : throw new PrivacyException(PrivacyError.RecordFormMismatch, "ClientPrivacy promises for clients. Use RecordPrivacy to promise for records.");
    }

    /// <summary>The smallest number of contributors that this client reckons with to collude; a job whose noise is planned for fewer is refused.</summary>
    public int LeastColluders { get; init; } = 1;

    /// <inheritdoc/>
    /// <exception cref="PrivacyRefusedException">
    /// The job has no privacy terms for clients, plans for too few colluders, or the bound of its integers leaves no room for the noise.
    /// </exception>
    /// <exception cref="PrivacyException">The job promises less than this client did, or clips at another bound; or its noise cannot be drawn.</exception>
    public IPrivacyMechanism Create(FederationJob job)
    {
        PrivacyTerms terms = new OwnPromise(_promise, LeastColluders).Require(job);
        int dimension = job.Terms.Layout.ToArrayLength();
        return terms.Correlation is null
            ? new ClientPrivacyMechanism(terms, job.Update.Integers!, dimension, job.Terms.Mask)
            : CorrelatedDifferenceMechanism.Of(terms, job.Update.Integers!, dimension);
    }

    /// <summary>Writes what a job's sums have cost into a ledger, for reports and for whoever checks them.</summary>
    /// <param name="job">The job, which has privacy terms for clients.</param>
    /// <param name="spending">What a client counted: <c>FederationClient.Privacy</c>.</param>
    /// <returns>The accountant, with one entry for each charge.</returns>
    /// <exception cref="PrivacyRefusedException">The job has no privacy terms for clients.</exception>
    /// <exception cref="PrivacyException">The sums cost more than the job's budget.</exception>
    public static PrivacyAccountant AccountantOf(FederationJob job, PrivacySpending spending)
    {
        PrivacyTerms terms = OwnPromise.TermsOf(job);
        return terms.Form is null
            ? SumLedgers.Write(PrivacyBudget.ForClients(terms.Epsilon, terms.Delta, terms.Clip), job, spending)
            : throw new PrivacyRefusedException(PrivacyRefusal.OtherForm);
    }
}
