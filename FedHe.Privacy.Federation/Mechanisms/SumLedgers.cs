using System.Globalization;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The ledgers of jobs whose clients share noise have one entry for each charge of sums, and one for the bits of an adaptive clip beside them.</summary>
internal static class SumLedgers
{
    public static PrivacyAccountant Write(PrivacyBudget budget, FederationJob job, PrivacySpending spending)
    {
        ArgumentNullException.ThrowIfNull(spending);
        PrivacyTerms terms = job.Update.Privacy!;
        var accountant = new PrivacyAccountant(budget, CompositionMethod.Renyi);
        SumReleases? independent = terms.Correlation is null ? SumReleases.Of(job) : null;
        Func<PrivacyCharge, PrivacyRelease> describe = independent is not null
            ? independent.Of
            : new CorrelatedReleases(terms, job.Update.Integers!, job.Terms.Layout.ToArrayLength()).Of;
        foreach (PrivacyCharge charge in spending.Charges)
        {
            accountant.Record(PurposeOf(charge, terms), describe(charge), charge.Count);
            if (independent?.Bits is BitReleases bits)
            {
                accountant.Record(
                    string.Create(CultureInfo.InvariantCulture, $"round {charge.Round}, bits of the clip of {charge.Contributors} clients"),
                    bits.Of(charge.Contributors),
                    charge.Count);
            }
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
