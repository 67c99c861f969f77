using System.Collections.Immutable;
using FedHe.Hosting.AspNetCore.Dashboard;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Watching;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.Tests.Dashboard;

/// <summary>What the dashboard says of the clients of an attempt.</summary>
public sealed class AttemptProgressTests
{
    private static readonly ClientId[] Clients = [.. Enumerable.Range(1, 7).Select(i => new ClientId($"c{i}"))];
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Clients_OfAnAttempt_AreLateWhereItWaitsForThem()
    {
        var invited = new PartyTimes { Invited = Now };
        PartyTimes uploaded = invited with { Taken = Now, Sending = Now, Accepted = Now };
        PartyTimes[] times = [uploaded, uploaded, uploaded, invited with { Taken = Now }, invited, invited];
        var attempt = new WatchedRound(2, 1, times.Select((one, i) => KeyValuePair.Create($"c{i + 1}", one)).ToImmutableSortedDictionary());
        JobStatus status = Status(ServerPhase.Collecting, Clients[0], Clients[4], Clients[5]);

        // Three of the four that it waits for are in; one of the three has withdrawn since.
        var progress = new AttemptProgress(status, attempt);
        Clients.Select(client => (progress.DoingOf(client), progress.IsLate(client))).Should().Equal(
            ("uploaded", false),
            ("uploaded", false),
            ("uploaded", false),
            ("trains", true),
            ("contributes no more", false),
            ("contributes no more", false),
            ("not invited", false));
        new AttemptProgress(Status(ServerPhase.Collecting), attempt).IsLate(Clients[3]).Should().BeFalse("it waits for six, of which three are in");
        new AttemptProgress(Status(ServerPhase.WaitingForClients, Clients[0]), attempt).DoingOf(Clients[0]).Should().Be("contributes no more");
        new AttemptProgress(Status(ServerPhase.WaitingForClients), attempt: null).DoingOf(Clients[1]).Should().Be("waits");
    }

    private static JobStatus Status(ServerPhase phase, params ClientId[] withdrawn) => new(
        phase,
        Round: 2,
        Attempt: 1,
        Epoch: 1,
        LastAggregatedRound: 1,
        Outcome: null,
        [.. Clients],
        ImmutableSortedDictionary<ClientId, ExclusionReason>.Empty,
        [.. withdrawn],
        ImmutableSortedDictionary<ClientId, MessageKind>.Empty,
        SpentEpsilon: null,
        Due: null);
}
