using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;

namespace FedHe.Orchestration.Server.Renewals;

/// <summary>A renewal is the vote of the committee for the next epoch.</summary>
/// <param name="statement">What the members vote for.</param>
internal sealed class Renewal(EpochStatement statement)
{
    public EpochStatement Statement => statement;

    /// <summary>The votes, which were verified.</summary>
    public SortedDictionary<ClientId, RelayedVote> Votes { get; } = [];
}
