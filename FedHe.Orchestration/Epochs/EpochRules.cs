using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Epochs;

/// <summary>
/// The epoch rules decide whether a plan describes the next epoch of a job. The authority, the server, the members and all clients apply
/// the same rules.
/// </summary>
internal static class EpochRules
{
    /// <summary>Returns the reason why a plan is refused, or null.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="job">The job in the epoch before.</param>
    public static EpochError? Check(EpochPlan plan, FederationJob job)
        => CheckTerms(plan.Terms, job) ?? (plan.IsSignedBy(job.Authority.VerificationKey) ? null : EpochError.Forged);

    /// <summary>Returns the reason why the terms of a plan are refused, signed or not, or null.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="job">The job in the epoch before.</param>
    public static EpochError? CheckTerms(EpochTerms terms, FederationJob job) => terms switch
    {
        _ when job.Committee is null => EpochError.NoCommittee,
        _ when job.Update.Kind == UpdateKind.Difference => EpochError.OfDifferences,
        _ when terms.JobId != job.JobId || terms.JobDigest != job.Digest => EpochError.AnotherJob,
        _ when terms.Number != job.EpochNumber + 1 => EpochError.WrongNumber,
        _ when terms.Before != job.Epoch.Digest => EpochError.OtherEpoch,
        _ when terms.KeyId == job.Authority.KeyId => EpochError.SameGroupKey,
        _ => CheckRoster(terms.Roster, job) ?? CheckCommittee(terms, job),
    };

    /// <summary>Returns the first round in which the next epoch may begin: the epoch before it has a sum then.</summary>
    public static int EarliestRoundAfter(FederationJob job) => job.Epoch.FirstRound + 1;

    private static EpochError? CheckRoster(ClientRoster roster, FederationJob job)
    {
        if (roster.Clients.Count > EpochPlan.MaxClients)
        {
            return EpochError.TooManyClients;
        }

        int remaining = 0;
        foreach (ClientId client in roster.Clients)
        {
            roster.TryGetKey(client, out VerificationKey? key);
            if (job.Roster.TryGetKey(client, out VerificationKey? before))
            {
                remaining++;
            }

            bool isOfAnother = key!.Equals(job.ServerKey) || key.Equals(job.Authority.VerificationKey);
            bool isChanged = before is null ? job.Roster.Contains(key) : !before.Equals(key);
            if (isOfAnother || isChanged)
            {
                return EpochError.ChangedKey;
            }
        }

        return remaining < job.Settings.Quorum ? EpochError.TooFewClients : null;
    }

    private static EpochError? CheckCommittee(EpochTerms terms, FederationJob job)
        => Succession.Next(job.Committee!, job.Epoch.Digest, terms.KeyId, terms.Roster, terms.Retired.ToHashSet()) is not CommitteeTerms next
            ? EpochError.TooFewMembers
            : terms.Committee == next ? null : EpochError.WrongCommittee;
}
