using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;

namespace FedHe.Orchestration.Server.Renewals;

/// <summary>
/// A renewal is the vote of the committee for the next epoch. It stays open when it is put off, until its epoch begins or a sum of this one
/// shows that it never will: a member that has voted is bound by its vote, whenever the vote arrives.
/// </summary>
/// <param name="statement">What the members vote for.</param>
internal sealed class Renewal(EpochStatement statement)
{
    public EpochStatement Statement => statement;

    /// <summary>The votes, which were verified.</summary>
    public SortedDictionary<ClientId, RelayedVote> Votes { get; } = [];

    /// <summary>The round that goes on without the members that voted, or 0 while members are asked to vote.</summary>
    public int PutOffRound { get; set; }

    /// <summary>Whether the job goes on in its epoch, and asks nobody for a vote.</summary>
    public bool IsPutOff => PutOffRound > 0;
}
