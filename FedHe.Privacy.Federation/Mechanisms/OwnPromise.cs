using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>A client's own promise, from a source other than the job, judges the terms of a job.</summary>
/// <param name="budget">What the client promised to the people in its data.</param>
/// <param name="leastColluders">The smallest number of colluders that the client reckons with.</param>
internal sealed class OwnPromise(PrivacyBudget budget, int leastColluders)
{
    /// <summary>Returns the terms of a job that keeps the promise.</summary>
    public PrivacyTerms Require(FederationJob job)
    {
        PrivacyTerms terms = TermsOf(job);
        RecordForm? form = terms.Form switch
        {
            null => null,
            RecordProtection.DistributedGradient => RecordForm.DistributedGradient,
            _ => RecordForm.LocalDpSgd,
        };
        if (form != budget.Form)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.OtherForm);
        }

        budget.RequireClip(terms.Clip);
        if (terms.Epsilon > budget.Epsilon || terms.Delta > budget.Delta)
        {
            throw new PrivacyException(
                PrivacyError.BudgetExceeded, "The job may spend more than this client promised. Take part in a job that promises as much, or promise less.");
        }

        return terms.IsNoiseShared && terms.Colluders < leastColluders
            ? throw new PrivacyRefusedException(PrivacyRefusal.TooFewColluders, leastColluders)
            : terms;
    }

    public static PrivacyTerms TermsOf(FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.Update.Privacy ?? throw new PrivacyRefusedException(PrivacyRefusal.UnitMissing);
    }
}
