using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>The quorum at its edge, wherever a round asks for it.</summary>
public sealed class QuorumTests
{
    [Theory]
    [InlineData(1, ServerPhase.Collecting)]
    [InlineData(2, ServerPhase.WaitingForClients)]
    public async Task Round_WhoseOtherClientsAreUnreachable_IsClosedWithAQuorumOnly(int uploads, ServerPhase expected)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Quorum = 2 });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> trained = await bench.TrainAsync(bench.StartWithAll());
        trained.Values.Take(uploads).ToList().ForEach(upload => bench.Server.Receive(upload));

        OutgoingMessage[] sent = [.. trained.Keys.Skip(uploads).SelectMany(client => bench.Server.LoseContact(client))];

        bench.Server.Phase.Should().Be(expected);
        bench.Server.LastAggregatedRound.Should().Be(uploads - 1);
        sent.Count(message => message.Kind == MessageKind.Aggregate).Should().Be(uploads == 2 ? 2 : 0);
        if (uploads < 2)
        {
            bench.Server.DueIn.Should().Be(TestBench.Deadline, "it stays open until its deadline");
            bench.Server.Contributions.Should().ContainSingle();
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    public async Task Round_AtItsDeadline_IsClosedWithAQuorumOnly(int uploads, int aggregated)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Quorum = 2 });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> trained = await bench.TrainAsync(bench.StartWithAll());
        trained.Values.Take(uploads).ToList().ForEach(upload => bench.Server.Receive(upload));
        bench.Time.Pass(TestBench.Deadline - TimeSpan.FromTicks(1));
        bench.Server.MoveOn();
        bench.Server.LastAggregatedRound.Should().Be(0, "a tick before the deadline nothing is closed");

        bench.Time.Pass(TimeSpan.FromTicks(1));
        bench.Server.MoveOn();

        bench.Server.LastAggregatedRound.Should().Be(aggregated);
    }

    [Theory]
    [InlineData(1, ServerPhase.WaitingForClients)]
    [InlineData(2, ServerPhase.Collecting)]
    [InlineData(3, ServerPhase.Collecting)]
    public async Task Round_AtTheEndOfItsWaitingTime_BeginsWithAQuorumOnly(int available, ServerPhase expected)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Quorum = 2 });
        bench.Server.StartUp();
        bench.Clients.Take(available).ToList().ForEach(client => bench.Server.Receive(client.Announce()));
        bench.Server.Phase.Should().Be(ServerPhase.WaitingForClients);
        bench.Time.Pass(TestBench.Deadline);

        IReadOnlyList<OutgoingMessage> sent = bench.Server.MoveOn();

        bench.Server.Phase.Should().Be(expected);
        sent.Count(message => message.Kind == MessageKind.Invitation).Should().Be(expected == ServerPhase.Collecting ? available : 0);
    }
}
