using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;

namespace FedHe.Orchestration.Server.Renewals;

/// <summary>A renewal is the vote of the committee for the next epoch.</summary>
/// <param name="statement">What the members vote for.</param>
/// <remarks>
/// No round begins during a vote, because a member that has voted takes part in none. A vote needs at most as many members as a round, so the members who
/// could open the round can also finish the vote.
/// </remarks>
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

    /// <summary>Whether the vote has spent its own tries and now spends the tries of the round that waits for it.</summary>
    public bool IsOverdue { get; set; }
}
