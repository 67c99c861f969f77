using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Client;

/// <summary>The result reaches every client, whatever a client or the network lost.</summary>
public sealed class LatestModelTests
{
    [Theory]
    [InlineData(JobProtection.Direct, UpdateKind.Model, 1)]
    [InlineData(JobProtection.Direct, UpdateKind.Model, 2)]
    [InlineData(JobProtection.Direct, UpdateKind.Difference, 3)]
    [InlineData(JobProtection.RoundKeys, UpdateKind.Model, 1)]
    [InlineData(JobProtection.RoundKeys, UpdateKind.Model, 2)]
    [InlineData(JobProtection.RoundKeys, UpdateKind.Difference, 3)]
    public async Task Client_CrashedAtEveryMessage_EndsWithTheModelOfTheLastRound(JobProtection protection, UpdateKind kind, int rounds)
    {
        int boundaries = await CrashAsync(protection, kind, rounds, client: 0, boundary: int.MaxValue);
        boundaries.Should().BeGreaterThan(5 * rounds);
        for (int client = 0; client < 4; client++)
        {
            for (int boundary = 0; boundary < boundaries; boundary++)
            {
                await CrashAsync(protection, kind, rounds, client, boundary);
            }
        }
    }

    [Fact]
    public async Task Client_AnnouncingItselfAfterTheEnd_GetsTheAggregateBeforeTheConclusion()
    {
        using TestBench bench = await EndedAsync(JobProtection.RoundKeys, rounds: 1);
        var restarted = new FederationClient(bench.ClientSetup(2));

        IReadOnlyList<OutgoingMessage> answers = bench.Server.Receive(restarted.Announce());

        answers.Select(message => message.Kind).Should().Equal(MessageKind.Acknowledgement, MessageKind.Aggregate, MessageKind.Conclusion);
        await restarted.ReceiveAsync(answers[1].Bytes);
        (await restarted.ReceiveAsync(answers[2].Bytes)).Should().BeEmpty();
        (restarted.ModelRound, restarted.IsUpToDate, restarted.Outcome).Should().Be((1, true, FederationOutcome.Completed));
        bench.Server.Receive(restarted.Announce()).Select(message => message.Kind)
            .Should().Equal([MessageKind.Acknowledgement, MessageKind.Conclusion, MessageKind.Confirmations], "it has the aggregate now");
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Client_ThatLacksTheLastModel_IsToldOfNoEnd(JobProtection protection)
    {
        using TestBench bench = await EndedAsync(protection, rounds: 3);
        var restarted = new FederationClient(bench.ClientSetup(2));
        IReadOnlyList<OutgoingMessage> answers = bench.Server.Receive(restarted.Announce());

        ReadOnlyMemory<byte> request = (await restarted.ReceiveAsync(answers[^1].Bytes)).Single();

        answers.Select(message => message.Kind).Should().Equal(MessageKind.Acknowledgement, MessageKind.Conclusion);
        (restarted.ModelRound, restarted.LatestRound, restarted.IsUpToDate, restarted.Outcome).Should().Be((0, 3, false, null));
        foreach (OutgoingMessage answer in bench.Server.Receive(request))
        {
            await restarted.ReceiveAsync(answer.Bytes);
        }

        (restarted.ModelRound, restarted.IsUpToDate, restarted.Outcome).Should().Be((3, true, FederationOutcome.Completed));
        TestModel.Flat(restarted.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel));
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Host_AskingForTheLatestAggregate_GetsItAndOnlyOnce(JobProtection protection)
    {
        using TestBench bench = await EndedAsync(protection, rounds: 3);
        var restarted = new FederationClient(bench.ClientSetup(2));

        foreach (OutgoingMessage answer in bench.Server.Receive(restarted.AskForLatest()))
        {
            await restarted.ReceiveAsync(answer.Bytes);
            restarted.LastIgnored.Should().BeNull();
        }

        restarted.ModelRound.Should().Be(3);
        bench.ReasonIn(bench.Server.Receive(restarted.AskForLatest())).Should().Be(RefusalReason.WrongRound);
    }

    [Fact]
    public async Task Client_InvitedTwiceWhileItsRequestIsOpen_AsksOnce()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 10 });
        FederationClient client = bench.Clients[0];
        byte[] first = bench.FromServer(new Invitation(bench.Slot(0, round: 5, attempt: 1), bench.Terms.Digest, 1));
        byte[] second = bench.FromServer(new Invitation(bench.Slot(0, round: 5, attempt: 2), bench.Terms.Digest, 1));

        (await client.ReceiveAsync(first)).Should().ContainSingle();
        (await client.ReceiveAsync(second)).Should().BeEmpty("the answer is on its way");
        client.Announce();
        (await client.ReceiveAsync(second)).Should().ContainSingle("the answer was lost with the connection");
    }

    /// <summary>Runs a job whose messages all arrive.</summary>
    private static async Task<TestBench> EndedAsync(JobProtection protection, int rounds)
    {
        TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection, Rounds = rounds });
        await RunAsync(bench, client: 0, boundary: int.MaxValue);
        return bench;
    }

    private static async Task<int> CrashAsync(JobProtection protection, UpdateKind kind, int rounds, int client, int boundary)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection, Rounds = rounds, Update = new UpdateTerms(kind) });

        int boundaries = await RunAsync(bench, client, boundary);

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(
            one => one.Outcome == FederationOutcome.Completed && one.ModelRound == rounds && one.IsUpToDate, "boundary {0} of client {1}", boundary, client);
        bench.Clients.Should().AllSatisfy(
            one => TestModel.Flat(one.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel)));
        return boundaries;
    }

    /// <summary>
    /// Carries all messages until none is left. One client crashes at one boundary, which loses all messages on their way to it
    /// and all it has in memory, and announces itself again. Boundaries lie before and after every message that it handles.
    /// </summary>
    /// <returns>The number of boundaries of that client.</returns>
    private static async Task<int> RunAsync(TestBench bench, int client, int boundary)
    {
        int passed = 0;
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.Count > 0 || bench.Server.Phase != ServerPhase.Ended)
        {
            if (!toClients.TryDequeue(out OutgoingMessage message))
            {
                bench.Time.Pass(TestBench.Deadline);
                Enqueue(bench.Server.MoveOn());
                continue;
            }

            int receiver = bench.Clients.FindIndex(one => one.Client == message.Recipient);
            if (receiver == client && passed++ == boundary)
            {
                Crash();
                continue;
            }

            IReadOnlyList<ReadOnlyMemory<byte>> answers = await bench.Clients[receiver].ReceiveAsync(message.Bytes);
            bool isTold = bench.Clients[receiver].Outcome == FederationOutcome.Completed;
            (isTold && bench.Clients[receiver].ModelRound < bench.Job.Settings.Rounds).Should().BeFalse();
            if (receiver == client && passed++ == boundary)
            {
                Crash();
                continue;
            }

            answers.ToList().ForEach(answer => Enqueue(bench.Server.Receive(answer)));
        }

        return passed;

        void Enqueue(IReadOnlyList<OutgoingMessage> messages) => messages.ToList().ForEach(toClients.Enqueue);

        void Crash()
        {
            toClients = new Queue<OutgoingMessage>(toClients.Where(one => one.Recipient != bench.Clients[client].Client));
            bench.Clients[client] = new FederationClient(bench.ClientSetup(client));
            Enqueue(bench.Server.Receive(bench.Clients[client].Announce()));
        }
    }
}
