using System.Globalization;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Ledgers;

namespace FedHe.Privacy.Federation;

/// <summary>
/// Client privacy is the privacy provider for jobs whose unit is a client: it clips the difference of the client's model, rounds it at random, adds the
/// client's share of the noise, and accounts with Renyi divergences.
/// </summary>
/// <remarks>
/// The promise is for one job each: what other jobs spend on the same data adds up with it, and nothing here counts that. The provider does not
/// judge the job's dropouts, colluders and committee. The operator of a client reads them before the client takes part.
/// </remarks>
/// <example>
/// <code>
/// // What the client promised, in its own words; a job that promises less, or clips elsewhere, is refused.
/// var privacy = new ClientPrivacy(PrivacyBudget.ForClients(epsilon: 8, delta: 1e-5, clip: 1));
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
            : throw new PrivacyException(PrivacyError.RecordFormMismatch, "Noise that clients share hides whole clients. State a promise for clients, or let each client protect its records itself.");
    }

    /// <inheritdoc/>
    /// <exception cref="PrivacyRefusedException">The job has no privacy terms, or the bound of its integers leaves no room for the noise.</exception>
    /// <exception cref="PrivacyException">The job promises less than this client did, or clips at another bound; or its noise cannot be drawn.</exception>
    public IPrivacyMechanism Create(FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        PrivacyTerms terms = TermsOf(job);
        _promise.RequireClip(terms.Clip);
        if (terms.Epsilon > _promise.Epsilon || terms.Delta > _promise.Delta)
        {
            throw new PrivacyException(
                PrivacyError.BudgetExceeded, "The job may spend more than this client promised. Take part in a job that promises as much, or promise less.");
        }

        return new ClientPrivacyMechanism(terms, job.Update.Integers!, job.Terms.Layout.ParameterCount);
    }

    /// <summary>Writes what a job's sums have cost into a ledger, for reports and for whoever checks them.</summary>
    /// <param name="job">The job, which has privacy terms.</param>
    /// <param name="spending">What a client counted: <c>FederationClient.Privacy</c>.</param>
    /// <returns>The accountant, with one entry for each charge.</returns>
    /// <exception cref="PrivacyRefusedException">The job has no privacy terms.</exception>
    /// <exception cref="PrivacyException">The sums cost more than the job's budget.</exception>
    public static PrivacyAccountant AccountantOf(FederationJob job, PrivacySpending spending)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(spending);
        PrivacyTerms terms = TermsOf(job);
        var releases = new SumReleases(terms, job.Update.Integers!, job.Terms.Layout.ParameterCount);
        var accountant = new PrivacyAccountant(PrivacyBudget.ForClients(terms.Epsilon, terms.Delta, terms.Clip), CompositionMethod.Renyi);
        foreach (PrivacyCharge charge in spending.Charges)
        {
            string purpose = string.Create(CultureInfo.InvariantCulture, $"round {charge.Round}, sum of {charge.Contributors} clients");
            accountant.Spend(purpose, releases.Of(charge.Contributors), charge.Count);
        }

        return accountant;
    }

    private static PrivacyTerms TermsOf(FederationJob job)
        => job.Update.Privacy ?? throw new PrivacyRefusedException(PrivacyRefusal.UnitMissing);
}
