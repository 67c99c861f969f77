using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Job;

/// <summary>The committee rules decide whether a committee fits the rest of a job.</summary>
internal static class CommitteeRules
{
    /// <summary>Returns what is wrong, or null.</summary>
    public static string? Check(CommitteeTerms? committee, AuthorityInfo authority, ClientRoster roster, KeyAdditiveParameters? roundKeys)
    {
        if (committee is null)
        {
            return authority.SchemeName == KeyAdditiveParameters.Name
                ? "The authority gave out a group key alone, with which nobody opens a sum. Name a committee, or take a key authority."
                : null;
        }

        return roundKeys is null ? "A committee opens round keys, and a job in the direct mode has none."
            : authority.SchemeName != KeyAdditiveParameters.Name || authority.ParametersId != roundKeys.Id
                ? "A committee needs a group-key authority for the job's round keys, so that nobody has a key that opens uploads."
            : roundKeys.MaxContributors > SharingParameters.MaxContributors
                ? $"The shares of a committee add up for at most {SharingParameters.MaxContributors} clients a round. Invite fewer."
            : !committee.Members.All(member => roster.TryGetKey(member, out _)) ? "The roster lacks a member of the committee."
            : !committee.Successors.All(successor => roster.TryGetKey(successor, out _)) ? "The roster lacks a successor of the committee's members."
            : null;
    }
}
