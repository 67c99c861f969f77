using System.Reflection;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>A client that lost its control variate withdraws: it is invited no more, and no round waits for it, whatever the server loses.</summary>
public sealed class WithdrawalTests : IDisposable
{
    private readonly SumFiles _sums = new();

    public void Dispose() => _sums.Dispose();

    /// <summary>All clients of the job take part in every round, and one of them begins anew.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ThatLostItsState_IsInvitedNoMoreAndNoRoundWaitsForIt(bool restartsServer)
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 4);
        List<OutgoingMessage> next = await ControlBench.OpenAsync(bench, (await bench.TrainAsync(bench.StartWithAll())).Values);
        bench.Clients[2] = new FederationClient(bench.ClientSetup(2));
        ClientId lost = bench.Clients[2].Client;
        await ControlBench.CatchUpAsync(bench, bench.Clients[2]);
        bench.Server.WithdrawnClients.Should().Equal(lost);
        if (restartsServer)
        {
            byte[] state = bench.SaveState();
            bench.Server.Dispose();
            bench.Server = bench.Restore(state);
            bench.Server.Advance();
            FederationServer.Look(bench.ServerSetup, bench.SaveState()).WithdrawnClients.Should().Equal(lost);
            bench.Clients.ForEach(client => bench.Server.Receive(client.Announce()));
            bench.Server.WithdrawnClients.Should().Equal(lost);
        }

        // The round that it was invited to closes behind the others, and the later ones do not count on it.
        for (int round = 2; round <= 4; round++)
        {
            SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(next.Where(message => message.Recipient != lost));
            uploads.Should().HaveCount(4);
            next = await ControlBench.OpenAsync(bench, uploads.Values, mayWait: false);
            next.Should().NotContain(message => message.Kind == MessageKind.Invitation && message.Recipient == lost);
            bench.Reports[^1].Withdrawn.Should().Equal(lost);
            bench.Reports[^1].Selected.Contains(lost).Should().Be(round == 2);
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 4, "it gets every model");
        await bench.DeliverAsync(next, MessageKind.Conclusion);
        bench.Clients[2].Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Fact]
    public async Task Client_WhoseStateComesBack_IsInvitedAgain()
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await ControlBench.CreateAsync(rounds: 3, protector);
        List<OutgoingMessage> next = await ControlBench.OpenAsync(bench, (await bench.TrainAsync(bench.StartWithAll())).Values);
        FederationClient right = bench.Clients[2];
        bench.Clients[2] = new FederationClient(bench.ClientSetup(2));
        await ControlBench.CatchUpAsync(bench, bench.Clients[2]);
        bench.Clients[2] = right;

        IReadOnlyList<OutgoingMessage> answers = bench.Server.Receive(right.Announce());

        bench.Server.WithdrawnClients.Should().BeEmpty();
        answers.Should().ContainSingle(message => message.Kind == MessageKind.Invitation);
        await ControlBench.OpenAsync(bench, (await bench.TrainAsync(next)).Values);
        ControlFixture.ShouldBeTheMean(bench.Clients, round: 2);
    }

    /// <summary>A client that says so although it lost nothing excludes itself, and nobody else.</summary>
    [Fact]
    public async Task Clients_ThatWithdraw_LeaveRoundsOfAQuorum()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2);
        bench.Clients.ForEach(client => bench.Server.Receive(client.Announce()));
        foreach (int index in (int[])[0, 1])
        {
            bench.Server.Receive(ControlBench.Withdrawal(bench, index));
        }

        // Three clients are no quorum of four: the server waits, invites none of the two, and gives up.
        List<OutgoingMessage> sent = [.. bench.Server.StartUp()];
        while (bench.Server.Outcome is null)
        {
            bench.Time.Pass(bench.Server.DueIn!.Value);
            sent.AddRange(bench.Server.MoveOn());
        }

        sent.Should().NotContain(message => message.Kind == MessageKind.Invitation);
        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        bench.Server.AvailableClients.Should().HaveCount(5);
    }

    [Fact]
    public async Task Withdrawal_InAJobWithoutControls_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions());

        bench.Server.Handle(ControlBench.Withdrawal(bench, 0)).Refusal.Should().Be(RefusalReason.OutOfRange);
    }

    /// <summary>The server goes back to a state from before the withdrawal, and owes the client nothing that it will never send.</summary>
    [Fact]
    public async Task Server_SetBackBehindAWithdrawal_ClosesTheRoundWithoutTheClient()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 3);
        List<OutgoingMessage> next = await ControlBench.OpenAsync(bench, (await bench.TrainAsync(bench.StartWithAll())).Values);
        byte[] backup = bench.SaveState();
        bench.Clients[2] = new FederationClient(bench.ClientSetup(2));
        ClientId lost = bench.Clients[2].Client;
        await ControlBench.CatchUpAsync(bench, bench.Clients[2]);
        bench.Server.WithdrawnClients.Should().Equal(lost);
        SetBack(bench, backup);

        AnnounceAll(bench);
        bench.Server.WithdrawnClients.Should().Equal(lost);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(next.Where(message => message.Recipient != lost));
        await ControlBench.OpenAsync(bench, uploads.Values, mayWait: false);

        bench.Reports[^1].Should().Match<RoundReport>(report => report.Round == 2 && report.Attempt == 1 && report.IsAggregated);
    }

    /// <summary>A client proves a loss before it finds out that it withdraws: the server waits for the upload until then, and again when the client is back.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ThatWithdrawsBehindItsProof_IsOwedNothingUntilItReturns(bool returns)
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await ControlBench.CreateAsync(rounds: 3, protector);
        List<OutgoingMessage> next = await ControlBench.OpenAsync(bench, (await bench.TrainAsync(bench.StartWithAll())).Values);
        byte[] backup = bench.SaveState();
        bench.Server.Receive(ControlBench.Withdrawal(bench, 3));
        await bench.DeliverAsync(bench.Server.Receive(bench.Clients[2].Announce()), MessageKind.Acknowledgement);

        // The acknowledgement proves a state that is newer than the backup.
        SetBack(bench, backup);
        AnnounceAll(bench);
        bench.Server.Receive(ControlBench.Withdrawal(bench, 2));
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(next);
        ReadOnlyMemory<byte> own = uploads[bench.Clients[2].Client];
        uploads.Remove(bench.Clients[2].Client);
        if (returns)
        {
            AnnounceAll(bench);
        }

        IEnumerable<OutgoingMessage> sent = uploads.Values.SelectMany(upload => bench.Server.Receive(upload));
        sent.Any(message => message.Kind == MessageKind.Aggregate).Should().Be(!returns);
        if (returns)
        {
            await ControlBench.OpenAsync(bench, [own], mayWait: false);
        }

        bench.Reports[^1].Should().Match<RoundReport>(report => report.IsAggregated && report.Attempt == 1);
        bench.Reports[^1].Contributions.Should().HaveCount(returns ? 5 : 4);
    }

    /// <summary>The file of the sum has the upload of a client that will not send it again.</summary>
    [Fact]
    public async Task Client_WhoseUploadIsInTheFileAlone_WithdrawsAndTheAttemptIsRepeatedAtOnce()
    {
        using TestBench bench = await ControlBench.CreateAsync(ControlFixture.Options with { SumFolder = _sums.Next() });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        byte[] state = bench.SaveState();
        bench.Server.Handle(uploads[bench.Clients[2].Client]).Refusal.Should().Be(RefusalReason.None);
        bench.Server.Dispose();
        bench.Server = bench.Restore(state);
        bench.Server.MoveOn();
        (bench.Server.Round, bench.Server.Attempt).Should().Be((1, 1), "the client may send it again");

        IReadOnlyList<OutgoingMessage> sent = bench.Server.Receive(ControlBench.Withdrawal(bench, 2));

        (bench.Server.Round, bench.Server.Attempt).Should().Be((1, 2));
        sent = [.. sent.Where(message => message.Kind == MessageKind.Invitation)];
        sent.Should().HaveCount(4);
        await ControlBench.OpenAsync(bench, (await bench.TrainAsync(sent)).Values, mayWait: false);
        bench.Reports[^1].Should().Match<RoundReport>(report => report.Attempt == 2 && report.IsAggregated);
    }

    [Fact]
    public async Task Round_WhoseClientWithdraws_InvitesAnotherOneInItsPlace()
    {
        using TestBench bench = await ControlBench.CreateAsync(ControlFixture.Options with { Clients = 6, ClientsPerRound = 4 });
        List<OutgoingMessage> invitations = [.. bench.StartWithAll().Where(message => message.Kind == MessageKind.Invitation)];
        ClientId[] invited = [.. invitations.Select(message => message.Recipient!.Value)];
        invited.Should().HaveCount(4);
        int withdrawn = bench.Clients.FindIndex(client => client.Client == invited[0]);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(invitations.Skip(1));
        uploads.Values.ToList().ForEach(upload => bench.Server.Receive(upload));
        bench.Server.Receive(ControlBench.Withdrawal(bench, withdrawn));

        bench.Time.Pass(bench.Server.DueIn!.Value);
        OutgoingMessage[] others = [.. bench.Server.MoveOn().Where(message => message.Kind == MessageKind.Invitation)];

        others.Should().ContainSingle().Which.Recipient.Should().NotBe(invited[0]);
        invited.Should().NotContain(others[0].Recipient!.Value);
        await ControlBench.OpenAsync(bench, (await bench.TrainAsync(others)).Values, mayWait: false);
        bench.Reports[^1].Should().Match<RoundReport>(report => report.IsAggregated && report.Attempt == 1);
    }

    [Fact]
    public async Task Strategy_ThatSelectsAWithdrawnClient_OpensNoAttempt()
    {
        using TestBench bench = await ControlBench.CreateAsync(ControlFixture.Options with { Strategy = new AllStrategy() });
        bench.Server.StartUp();
        bench.Server.Receive(ControlBench.Withdrawal(bench, 2));
        int[] others = [0, 1, 3];
        Array.ForEach(others, index => bench.Server.Receive(bench.Clients[index].Announce()));

        ServerStep step = bench.Server.Handle(bench.Clients[4].Announce());

        step.Failure.Should().BeOfType<InvalidOperationException>();
        bench.Server.Phase.Should().Be(ServerPhase.WaitingForClients);
    }

    /// <summary>A client whose upload had to wait withdraws before the one that it waited for comes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ThatWasTurnedAway_IsInvitedAgainUnlessItWithdrew(bool withdraws)
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        ClientId client = bench.Clients[2].Client;
        StateOf(bench.Server).Open!.Sum.TurnedAway.Add(client);
        if (withdraws)
        {
            bench.Server.Receive(ControlBench.Withdrawal(bench, 2));
        }

        IReadOnlyList<OutgoingMessage> sent = bench.Server.Receive(uploads[bench.Clients[0].Client]);

        sent.Any(message => message.Kind == MessageKind.Invitation && message.Recipient == client).Should().Be(!withdraws);
    }

    /// <summary>The server hears of the loss although another reason keeps the client from following the invitation that waits for the sum.</summary>
    [Fact]
    public async Task Client_WithAnInvitationThatItWouldNotFollow_SaysAtOnceThatItWithdraws()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 3);
        List<OutgoingMessage> next = await ControlBench.OpenAsync(bench, (await bench.TrainAsync(bench.StartWithAll())).Values);
        byte[] state = bench.SaveState();
        var fresh = new FederationClient(bench.ClientSetup(2));
        bench.Clients[2] = fresh;
        OutgoingMessage invitation = next.Single(message => message.Kind == MessageKind.Invitation && message.Recipient == fresh.Client);
        ReadOnlyMemory<byte> request = (await fresh.ReceiveAsync(invitation.Bytes)).Single();

        // A later life answers, unasked: the client owes it the proof of the earlier one, and trains no more before that is heard.
        bench.Server.Dispose();
        bench.Server = bench.Restore(state);
        bench.Server.MoveOn();
        OutgoingMessage aggregate = bench.Server.Receive(request).Single(message => message.Kind == MessageKind.Aggregate);
        ClientStep step = await fresh.HandleAsync(aggregate.Bytes);

        fresh.IsControlLost.Should().BeTrue();
        step.Messages.Select(message => bench.Parse(message)).OfType<Announcement>().Last().IsWithdrawn.Should().BeTrue();
    }

    private static void SetBack(TestBench bench, byte[] backup)
    {
        bench.Server.Dispose();
        bench.Server = FederationServer.Restore(bench.ServerSetup, backup).ReportingTo(bench.Reports);
        bench.Server.MoveOn();
    }

    /// <summary>Every client announces itself twice: with its proof of the earlier life, and with its proof of the present one.</summary>
    private static void AnnounceAll(TestBench bench)
    {
        for (int i = 0; i < 2; i++)
        {
            bench.Clients.ForEach(client => bench.Server.Receive(client.Announce()));
        }
    }

    private static ServerState StateOf(FederationServer server)
        => (ServerState)typeof(FederationServer).GetField("_state", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(server)!;

    /// <summary>This strategy selects every client of the roster, whether it can be invited or not.</summary>
    private sealed class AllStrategy : IAggregationStrategy
    {
        private readonly FedAvgStrategy _inner = new();

        public string Name => _inner.Name;

        public void Validate(FederationSettings settings) => _inner.Validate(settings);

        public IReadOnlyList<ClientId> SelectClients(FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler)
            => [.. job.Roster.Clients];

        public TrainingTask CreateTask(FederationJob job, int round, ClientId client) => _inner.CreateTask(job, round, client);
    }
}
