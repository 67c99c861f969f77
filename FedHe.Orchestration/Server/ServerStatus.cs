using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>A server status is what a server's saved state says of its job, for somebody who looks at it while the server runs or does not.</summary>
/// <seealso cref="FederationServer.Look"/>
public sealed class ServerStatus
{
    internal ServerStatus(FederationServer server)
    {
        Job = server.Job;
        Phase = server.Phase;
        Round = server.Round;
        Attempt = server.Attempt;
        LastAggregatedRound = server.LastAggregatedRound;
        Outcome = server.Outcome;
        AvailableClients = [.. server.AvailableClients];
        AwaitedMembers = server.AwaitedMembers.ToImmutableSortedDictionary();
        Contributions = server.Contributions;
        WithdrawnClients = [.. server.WithdrawnClients];
        ExcludedClients = server.ExcludedClients.ToImmutableSortedDictionary();
    }

    /// <summary>The job in its current epoch.</summary>
    public FederationJob Job { get; }

    /// <summary>The phase of the job.</summary>
    public ServerPhase Phase { get; }

    /// <summary>The round, from 1; 0 before the start.</summary>
    public int Round { get; }

    /// <summary>The attempt at the round, from 1; 0 before the start.</summary>
    public int Attempt { get; }

    /// <summary>The last round that has an aggregate; 0 before the first.</summary>
    public int LastAggregatedRound { get; }

    /// <summary>The outcome of the job, or null while it has not ended.</summary>
    public FederationOutcome? Outcome { get; }

    /// <summary>The clients that announced themselves and were not reported unreachable, sorted.</summary>
    public ImmutableArray<ClientId> AvailableClients { get; }

    /// <summary>The members of the committee that the job waits for, sorted, each with the kind of message that it owes.</summary>
    public ImmutableSortedDictionary<ClientId, MessageKind> AwaitedMembers { get; }

    /// <summary>The uploads of the open attempt that were accepted so far, in the order of arrival.</summary>
    public ImmutableArray<Contribution> Contributions { get; }

    /// <summary>The clients that said that they contribute no more, sorted; see <see cref="FederationServer.WithdrawnClients"/>.</summary>
    public ImmutableArray<ClientId> WithdrawnClients { get; }

    /// <summary>The clients that an inspection excluded from the job, with the reasons.</summary>
    public ImmutableSortedDictionary<ClientId, ExclusionReason> ExcludedClients { get; }
}
