using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>A job whose epochs change goes on wherever enough parties are there, and everybody learns of its end.</summary>
public sealed class EpochLivenessTests
{
    [Fact]
    public async Task Client_ThatJoined_LearnsOfTheEnd_WhereItsEpochHasNoSum()
    {
        // Guard: no key of the client opens the last sum, and its host would wait for the outcome without end.
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Reserve = 1, Rounds = 4, Quorum = 4 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4]));
        EpochFederationTests.HoldAfter(bench, round: 1);
        await bench.StartAsync();
        await bench.RunUntilAsync(() => bench.Server.Job.EpochNumber == 2);
        await bench.JoinAsync();
        await bench.RunToEndAsync();

        (bench.Server.Outcome, bench.Server.LastAggregatedRound).Should().Be((FederationOutcome.QuorumNotReached, 1));
        FederationClient joined = bench.Clients[4];
        (joined.Outcome, joined.ModelRound, joined.LatestRound, joined.IsUpToDate).Should().Be((FederationOutcome.QuorumNotReached, 0, 1, false));
        bench.Carried.Should().NotContain(carried => carried.Client == joined.Client && carried.Message is AggregateRequest, "nobody can answer it");
        bench.Clients.Take(4).Should().OnlyContain(client => client.Outcome == FederationOutcome.QuorumNotReached && client.ModelRound == 1);
    }

    [Fact]
    public async Task Round_AfterClientsLeft_WaitsForNobodyWhoIsNotOnTheRoster()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5, Members = [0, 1, 2, 3], Rounds = 4, Quorum = 4 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));

        await bench.StartAsync();

        // No deadline has passed.
        (bench.Server.Job.EpochNumber, bench.Server.Outcome).Should().Be((2, FederationOutcome.Completed));
    }

    [Fact]
    public async Task Offer_BeforeTheLastAttemptOfARound_IsSentAgainToo()
    {
        // Guard: a restored server may be in the last attempt, and one lost offer would end the job.
        using CommitteeBench bench = await WaitingInRoundTwoAsync(maxAttempts: 2);
        bench.RestartServer(bench.ServerState);
        for (int client = 0; client < 4; client++)
        {
            bench.Send(client, bench.Clients[client].Announce());
        }

        await bench.PumpAsync();
        (bench.Server.Round, bench.Server.Attempt, bench.Server.Phase).Should().Be((2, 2, ServerPhase.WaitingForClients));
        bool isFirst = true;
        bench.Network = (message, client, bytes) => message is EpochOffer && bench.IndexOf(client) > 1 && isFirst ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4]));
        isFirst = false;
        bench.RestartServer();
        await bench.RunToEndAsync();

        (bench.Server.Job.EpochNumber, bench.Server.Job.Epoch.FirstRound, bench.Server.Outcome).Should().Be((2, 2, FederationOutcome.Completed));
    }

    [Fact]
    public async Task Offer_GoesToMembersThatCanBeReached_AndToNobodyElse()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5, Members = [0, 1, 2, 3], Rounds = 3, Quorum = 4, MaxAttempts = 2 });
        bench.Network = (message, client, bytes) => message is EpochVote ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4]));
        await bench.StartAsync();
        bench.Server.Phase.Should().Be(ServerPhase.Renewing);
        bench.Server.ReportUnreachable(bench.Name(3)).Messages.Should().BeEmpty();
        bench.Carried.Clear();
        bench.Send(4, bench.Clients[4].Announce());
        await bench.PassDeadlineAsync();

        bench.Carried.Where(carried => carried.Message is EpochOffer).Select(carried => bench.IndexOf(carried.Client)).Should().BeEquivalentTo([0, 1, 2]);
    }

    /// <summary>Runs a job of five clients, one of which is away, up to where it waits for the fifth in round 2, with the keys of all members.</summary>
    private static async Task<CommitteeBench> WaitingInRoundTwoAsync(int maxAttempts)
    {
        CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 5, Members = [0, 1, 2, 3], Rounds = 4, ClientsPerRound = 5, Quorum = 4, MaxAttempts = maxAttempts });
        await bench.StartAsync(4);
        await bench.RunUntilAsync(() => bench.Server.LastAggregatedRound == 1);
        (bench.Server.Phase, bench.Server.AwaitedMembers.Count).Should().Be((ServerPhase.WaitingForClients, 0));
        return bench;
    }
}
