using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Committee;

/// <summary>
/// Opened boxes are a member's shares of the round keys of one attempt, each with the contribution that it belongs to, whose seal was
/// verified.
/// </summary>
/// <param name="attempt">The attempt.</param>
internal sealed class OpenedBoxes(Attempt attempt) : IDisposable
{
    private readonly Dictionary<ClientId, (Contributor Contributor, ContributionSeal Seal, KeyShare Share)> _shares = [];

    /// <summary>Adds the share of a contribution.</summary>
    public void Add(Contributor contributor, ContributionSeal seal, KeyShare share) => _shares.Add(contributor.Client, (contributor, seal, share));

    /// <summary>Adds up the shares of all contributions on a list, or returns null when one of them was not opened.</summary>
    /// <param name="list">The list.</param>
    /// <param name="job">The job.</param>
    /// <param name="sum">The sum of the member's shares, which is disposed here.</param>
    public KeyShare? TrySum(ContributorList list, FederationJob job, KeyShareSum sum)
    {
        using (sum)
        {
            if (list.AttemptOf(job) != attempt || list.Seals.Length != list.Contributors.Length)
            {
                return null;
            }

            foreach ((Contributor contributor, ContributionSeal seal) in list.Contributors.Zip(list.Seals))
            {
                bool isOpened = _shares.TryGetValue(contributor.Client, out (Contributor Contributor, ContributionSeal Seal, KeyShare Share) opened)
                    && opened.Contributor == contributor && opened.Seal.IsSame(seal);
                if (!isOpened)
                {
                    return null;
                }

                sum.Add(opened.Share);
            }

            return sum.Complete();
        }
    }

    public void Dispose()
    {
        foreach ((_, _, KeyShare share) in _shares.Values)
        {
            share.Dispose();
        }
    }
}
