using System.Globalization;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The ledgers of jobs whose clients share noise have one entry for each charge of sums.</summary>
internal static class SumLedgers
{
    public static PrivacyAccountant Write(PrivacyBudget budget, FederationJob job, PrivacySpending spending)
    {
        ArgumentNullException.ThrowIfNull(spending);
        PrivacyTerms terms = job.Update.Privacy!;
        int dimension = job.Terms.Layout.ParameterCount;
        Func<PrivacyCharge, PrivacyRelease> describe = terms.Correlation is null
            ? new SumReleases(terms, job.Update.Integers!, dimension).Of
            : new CorrelatedReleases(terms, job.Update.Integers!, dimension).Of;
        var accountant = new PrivacyAccountant(budget, CompositionMethod.Renyi);
        foreach (PrivacyCharge charge in spending.Charges)
        {
            accountant.Spend(PurposeOf(charge, terms), describe(charge), charge.Count);
        }

        return accountant;
    }

    private static string PurposeOf(PrivacyCharge charge, PrivacyTerms terms) => terms.Correlation switch
    {
        null => string.Create(CultureInfo.InvariantCulture, $"round {charge.Round}, sum of {charge.Contributors} clients"),
        CorrelationTerms correlation when charge.IsSequence => string.Create(
            CultureInfo.InvariantCulture, $"from round {charge.Round} on, sequence of up to {correlation.Rounds} sums of {charge.Contributors} clients"),
        _ => string.Create(CultureInfo.InvariantCulture, $"round {charge.Round}, sum of at least {charge.Contributors} clients beside a sequence"),
    };
}
