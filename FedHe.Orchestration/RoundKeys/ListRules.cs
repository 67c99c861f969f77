using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>The list rules decide whether a client opens the sum of a list of contributors.</summary>
internal static class ListRules
{
    // Whoever announces a large weight must not shrink everybody's precision by more than this.
    private const double LargestLoss = 16;

    /// <summary>Returns the reason why a list is refused, or null.</summary>
    /// <param name="list">The list.</param>
    /// <param name="job">The job.</param>
    /// <param name="round">The only round that the client opens next.</param>
    /// <param name="chain">The digest of the client's chain.</param>
    public static IgnoredReason? Check(ContributorList list, FederationJob job, int round, Digest chain)
        => CheckAllButSeals(list, job, round, chain) ?? (AreSealed(list, job) ? null : IgnoredReason.ForeignContributor);

    /// <summary>
    /// Returns the reason why a list is refused, or null, for a committee member, which has verified the seal of every contribution that it
    /// opened.
    /// </summary>
    /// <param name="list">The list.</param>
    /// <param name="job">The job.</param>
    /// <param name="round">The only round that the member answers for next.</param>
    /// <param name="chain">The digest of the member's chain.</param>
    public static IgnoredReason? CheckAllButSeals(ContributorList list, FederationJob job, int round, Digest chain)
    {
        if (list.Round != round || list.AttemptNumber > job.Settings.MaxAttempts || !ReferenceWeight.IsPossible(list.ReferenceWeight, job.Terms))
        {
            return IgnoredReason.BadAggregate;
        }

        if (list.Base != chain)
        {
            return IgnoredReason.OtherHistory;
        }

        if (list.Contributors.Length < job.Settings.MinimumContributors)
        {
            return IgnoredReason.TooFewContributors;
        }

        bool isHidden = job.Terms.Weighting == Weighting.Hidden;
        double factors = 0;
        double squares = 0;
        double largest = 0;
        ClientId? previous = null;
        foreach (Contributor contributor in list.Contributors)
        {
            bool isInOrder = previous is not ClientId before || before.CompareTo(contributor.Client) < 0;
            bool hasWeight = isHidden ? contributor.Weight == 0 : contributor.Weight >= 1 && contributor.Weight <= job.Terms.MaxWeight;
            if (!isInOrder || !hasWeight || !job.Roster.TryGetKey(contributor.Client, out _))
            {
                return IgnoredReason.ForeignContributor;
            }

            previous = contributor.Client;
            double factor = Math.Min(1, (double)contributor.Weight / list.ReferenceWeight);
            factors += factor;
            squares += factor * factor;
            largest = Math.Max(largest, factor);
        }

        bool isTooUneven = !isHidden && (list.Contributors.Length / factors > LargestLoss
            || largest / factors > job.Settings.LargestShare
            || EffectiveContributors.Of(factors, squares) < job.Settings.MinimumEffectiveContributors);

        // No sum of more round keys than the job planned for can be opened, and no privacy mechanism knows the noise of more clients than a round asks.
        bool isTooLong = list.Contributors.Length > job.RoundKeyParameters?.MaxContributors || list.Contributors.Length > job.Settings.ClientsPerRound;
        return isTooUneven ? IgnoredReason.UnevenWeights
            : isTooLong ? IgnoredReason.BadAggregate
            : null;
    }

    /// <summary>Tells whether every contributor of a list signed its place, where a committee opens the sum.</summary>
    private static bool AreSealed(ContributorList list, FederationJob job)
    {
        if (job.Committee is null)
        {
            return list.Seals.IsEmpty;
        }

        Attempt attempt = list.AttemptOf(job);
        return list.Seals.Length == list.Contributors.Length
            && list.Contributors.Zip(list.Seals).All(pair => job.Roster.TryGetKey(pair.First.Client, out VerificationKey? key)
                && pair.Second.Verifies(attempt, pair.First, key));
    }
}
