using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>Jobs go on without as many members as may be corrupt, from whatever phase on these are gone, and with late joiners.</summary>
public sealed class LeavingPartiesTests
{
    public static TheoryData<LeavingPhase, int, int> Phases()
    {
        var phases = new TheoryData<LeavingPhase, int, int>();
        foreach (LeavingPhase phase in Enum.GetValues<LeavingPhase>())
        {
            phases.Add(phase, 4, 1);
            phases.Add(phase, 7, 2);
        }

        return phases;
    }

    [Theory]
    [MemberData(nameof(Phases))]
    public async Task Job_WithoutAsManyMembersAsMayBeCorrupt_GoesOn(LeavingPhase phase, int clients, int leaving)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = clients, Quorum = clients - leaving, Rounds = 2, MaxAttempts = 6 });
        int[] gone = [.. Enumerable.Range(1, leaving)];
        int[] others = [.. Enumerable.Range(0, clients).Except(gone)];
        var network = new LeavingParties(bench, round: 1, phase, gone);
        bench.Network = network.Pass;

        await bench.StartAsync();
        await bench.RunToEndAsync();

        network.Gone.Should().HaveCount(leaving);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        others.Should().OnlyContain(index => bench.Clients[index].Outcome == FederationOutcome.Completed && bench.Clients[index].ModelRound == 2);
        bench.CheckAverage(round: 2, others);
        bench.Reports.Where(report => report.IsAggregated).Select(report => report.Round).Should().Equal(1, 2);
    }

    [Theory]
    [InlineData(LeavingPhase.BeforeKeys)]
    [InlineData(LeavingPhase.AfterKeys)]
    [InlineData(LeavingPhase.AfterBoxes)]
    [InlineData(LeavingPhase.AfterReport)]
    [InlineData(LeavingPhase.AfterOffer)]
    public async Task Job_WithoutMoreMembersThanMayBeCorrupt_EndsAsQuorumNotReached(LeavingPhase phase)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], Quorum = 3, Rounds = 3 });
        var network = new LeavingParties(bench, round: 2, phase, 1, 2);
        bench.Network = network.Pass;

        await bench.StartAsync();
        await bench.RunToEndAsync();

        network.Gone.Should().HaveCount(2);
        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        new[] { 0, 3, 4, 5 }.Should().OnlyContain(
            index => bench.Clients[index].Outcome == FederationOutcome.QuorumNotReached && bench.Clients[index].ModelRound == 1);
    }

    [Fact]
    public async Task Member_ThatComesInRound2_AnswersInIt()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 3, ClientsPerRound = 3, Rounds = 3 });
        bench.Network = (message, client, bytes) =>
        {
            if (message is AggregateMessage { Round: 1 } && bench.Clients[3].ModelRound == 0 && client == bench.Name(0))
            {
                bench.Send(3, bench.Clients[3].Announce());
            }

            return bytes;
        };

        await bench.StartAsync(absent: 3);
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 3 && client.Outcome == FederationOutcome.Completed);
        bench.Carried.Should().Contain(carried => carried.Client == bench.Name(3) && carried.Message.Kind == MessageKind.ShareAnswer);
        bench.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel)));
    }

    [Fact]
    public async Task Client_ThatComesWhileTheCommitteeOpens_TakesPartInTheNextRound()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], ClientsPerRound = 6, Quorum = 5, Rounds = 2 });
        bench.Network = (message, client, bytes) =>
        {
            if (message is BoxReport { Round: 1 } && client == bench.Name(0))
            {
                bench.Server.Phase.Should().Be(ServerPhase.Opening);
                bench.Send(5, bench.Clients[5].Announce());
            }

            return bytes;
        };

        await bench.StartAsync(absent: 5);
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Reports.Where(report => report.IsAggregated).Select(report => report.Contributions.Length).Should().Equal(5, 6);
        bench.CheckAverage(round: 2);
    }
}
