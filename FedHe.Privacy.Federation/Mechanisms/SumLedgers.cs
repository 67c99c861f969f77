using System.Globalization;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Ledgers;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>The ledgers of jobs whose clients share noise have one entry for each charge of sums, and one for the bits of an adaptive clip beside them.</summary>
internal static class SumLedgers
{
    public static PrivacyAccountant Write(PrivacyBudget budget, FederationJob job, PrivacySpending spending)
    {
        ArgumentNullException.ThrowIfNull(spending);
        var releases = SumReleases.Of(job);
        var accountant = new PrivacyAccountant(budget, CompositionMethod.Renyi);
        foreach (PrivacyCharge charge in spending.Charges)
        {
            string purpose = string.Create(CultureInfo.InvariantCulture, $"round {charge.Round}, sum of {charge.Contributors} clients");
            accountant.Spend(purpose, releases.Of(charge.Contributors), charge.Count);
            if (releases.Bits is BitReleases bits)
            {
                accountant.Spend(
                    string.Create(CultureInfo.InvariantCulture, $"round {charge.Round}, bits of the clip of {charge.Contributors} clients"),
                    bits.Of(charge.Contributors),
                    charge.Count);
            }
        }

        return accountant;
    }
}
