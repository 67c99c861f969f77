using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;

namespace FedHe.Orchestration.Server.Renewals;

/// <summary>
/// A renewal is the vote of the committee for the next epoch. No round begins beside it, because a member that has voted takes part in none: a
/// vote needs no more members than a round, so whoever could open the round can finish the vote.
/// </summary>
/// <param name="statement">What the members vote for.</param>
internal sealed class Renewal(EpochStatement statement)
{
    public EpochStatement Statement => statement;

    /// <summary>The votes, which were verified.</summary>
    public SortedDictionary<ClientId, RelayedVote> Votes { get; } = [];

    /// <summary>
    /// The members that can never vote, because they have answered for a list of the epoch's first round or a later one. A server that was set
    /// back may have forgotten that it offered such a list.
    /// </summary>
    public SortedSet<ClientId> Bound { get; } = [];

    /// <summary>Returns whether a member may still vote.</summary>
    public bool Awaits(ClientId member) => !Votes.ContainsKey(member) && !Bound.Contains(member);

    /// <summary>Whether the vote has used up its own tries, and goes on with those of the round that it holds up.</summary>
    public bool IsOverdue { get; set; }
}
