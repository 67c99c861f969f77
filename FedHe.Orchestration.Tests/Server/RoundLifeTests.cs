using FedHe.Crypto.Parameters;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Server;

public sealed class RoundLifeTests
{
    [Fact]
    public async Task Round_ClientMissingAtTheDeadline_IsClosedWithTheOthersAndLateUploadIsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        foreach (ReadOnlyMemory<byte> upload in uploads.Values.Take(3))
        {
            bench.Server.Receive(upload);
        }

        bench.Server.MoveOn().Should().BeEmpty("the deadline has not passed");
        bench.Time.Pass(TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> closing = bench.Server.MoveOn();
        await bench.DeliverAsync(closing, MessageKind.Aggregate);

        closing.Count(message => message.Kind == MessageKind.Aggregate).Should().Be(4);
        bench.Reports.Single().Contributions.Select(contribution => contribution.Client).Should().Equal(uploads.Keys.Take(3));
        bench.Reports.Single().TotalWeight.Should().Be(10 + 20 + 30);
        ShouldBeAverageOf(bench, clients: [0, 1, 2]);
        bench.ReasonIn(bench.Server.Receive(uploads.Values.Last())).Should().Be(RefusalReason.TooLate);
    }

    [Fact]
    public async Task Round_DeadlineNotReportedByTheHost_IsStillKept()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Receive(uploads.Values.First());
        bench.Server.Receive(uploads.Values.Skip(1).First());
        bench.Time.Pass(TestBench.Deadline);

        bench.ReasonIn(bench.Server.Receive(uploads.Values.Last())).Should().Be(RefusalReason.TooLate);
        bench.Server.LastAggregatedRound.Should().Be(1);
    }

    [Fact]
    public async Task Job_LoggerThatAlwaysThrows_RunsAsIfThereWereNone()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        bench.Server.Dispose();
        bench.Server = new FederationServer(bench.ServerSetup with { Logger = new ThrowingLogger<FederationServer>() });
        IReadOnlyList<OutgoingMessage> closing = [];
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            closing = bench.Server.Receive(upload);
        }

        closing.Count(message => message.Kind == MessageKind.Aggregate).Should().Be(4);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Fact]
    public async Task Client_LoggerAndProgressThatAlwaysThrow_TrainsAsIfThereWereNone()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        var client = new FederationClient(bench.ClientSetup(0) with { Logger = new ThrowingLogger<FederationClient>(), Progress = new ThrowingProgress() });

        ReadOnlyMemory<byte> upload = (await client.ReceiveAsync(invitation)).Single();

        bench.ReasonIn(bench.Server.Receive(upload)).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task Round_SamplerThatThrows_IsReportedAndAskedAgain()
    {
        using TestBench bench = await TestBench.CreateAsync();
        var sampler = new ThrowingSampler();
        bench.Server.Dispose();
        bench.Server = new FederationServer(bench.ServerSetup with { Sampler = sampler });
        bench.Clients.ForEach(client => bench.Server.Receive(client.Announce()));

        ServerStep started = bench.Server.Start();
        ServerStep failedAgain = bench.Server.Handle(bench.Clients[0].Announce());
        byte[] saved = failedAgain.State?.ToArray() ?? bench.SaveState();
        sampler.Throws = false;
        ServerStep step = bench.Server.Handle(bench.Clients[1].Announce());

        started.Failure.Should().BeOfType<TimeoutException>();
        started.State.Should().NotBeNull("the job has started all the same");
        failedAgain.Failure.Should().BeOfType<TimeoutException>();
        failedAgain.Messages.Should().ContainSingle().Which.Kind.Should().Be(MessageKind.Acknowledgement);
        step.Failure.Should().BeNull();
        step.Messages.Where(message => message.Kind == MessageKind.Invitation).Select(message => message.Recipient).Distinct().Should().HaveCount(4);
        using var resumed = bench.Restore(saved);
        resumed.Phase.Should().Be(ServerPhase.WaitingForClients);
    }

    [Fact]
    public async Task Round_ClockSetForwardsOrBackwards_KeepsItsDeadline()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        bench.Server.DueIn.Should().Be(TestBench.Deadline);

        bench.Time.SetTimeOfDay(TimeSpan.FromDays(400));
        bench.Server.MoveOn().Should().BeEmpty();
        bench.Time.SetTimeOfDay(TimeSpan.FromDays(-800));
        bench.Server.MoveOn().Should().BeEmpty();

        bench.Server.DueIn.Should().Be(TestBench.Deadline);
        bench.Time.Pass(TestBench.Deadline);
        bench.Server.DueIn.Should().Be(TimeSpan.Zero);
        bench.Server.Receive(new byte[3]);
        bench.Server.DueIn.Should().Be(2 * TestBench.Deadline, "no upload came, and the round waits for twice as long");
    }

    [Fact]
    public async Task SavedState_Resumed_HasTheTimeThatRemained()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        bench.Time.Pass(TimeSpan.FromMinutes(2));
        byte[] state = bench.SaveState();
        bench.Time.Pass(TimeSpan.FromDays(3));
        bench.Time.SetTimeOfDay(TimeSpan.FromDays(-10));

        using var resumed = bench.Restore(state);

        resumed.DueIn.Should().Be(TestBench.Deadline - TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Round_UnreachableClients_DoNotHoldItUp()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        foreach (ReadOnlyMemory<byte> upload in uploads.Values.Take(3))
        {
            bench.Server.Receive(upload);
        }

        IReadOnlyList<OutgoingMessage> closing = bench.Server.LoseContact(uploads.Keys.Last());

        closing.Count(message => message.Kind == MessageKind.Aggregate).Should().Be(3);
        bench.Server.AvailableClients.Should().Equal(uploads.Keys.Take(3));
        bench.Server.Phase.Should().Be(ServerPhase.WaitingForClients, "a round needs four clients unless the deadline passes");
        bench.Time.Pass(TestBench.Deadline);
        bench.Server.MoveOn().Count(message => message.Kind == MessageKind.Invitation).Should().Be(3);
    }

    [Fact]
    public async Task Job_BeforeEnoughClientsAnnounced_Waits()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.Server.StartUp().Should().BeEmpty();
        foreach (FederationClient client in bench.Clients.Take(3))
        {
            bench.Server.Receive(client.Announce()).Should().ContainSingle("the announcement is acknowledged");
        }

        IReadOnlyList<OutgoingMessage> begun = bench.Server.Receive(bench.Clients[3].Announce());

        begun.Count(message => message.Kind == MessageKind.Invitation).Should().Be(4);
    }

    [Fact]
    public async Task Client_AnnouncingItselfAgainDuringARound_IsInvitedAgain()
    {
        using TestBench bench = await TestBench.CreateAsync();
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();

        IReadOnlyList<OutgoingMessage> answer = bench.Server.Receive(bench.Clients[2].Announce());

        TestBench.Unsigned(answer[1].Bytes).Should().Equal(
            TestBench.Unsigned(invitations.Single(message => message.Recipient == bench.Clients[2].Client).Bytes));
    }

    [Fact]
    public async Task Announcement_OfAnotherDescriptionOfTheJob_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] announcement = MessageFormat.WriteSigned(
            new Announcement(bench.JobId, bench.Clients[0].Client, bench.Terms.Digest, bench.Terms.Mask.Digest, 1, false, 0, default), bench.Context.ParametersId, bench.Identities[0]);

        bench.ReasonIn(bench.Server.Receive(announcement)).Should().Be(RefusalReason.WrongJob);
        bench.Server.AvailableClients.Should().BeEmpty();
    }

    [Fact]
    public async Task Aggregate_UploadsInAnotherOrder_HasTheSameBytes()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Rounds = 1 });
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        byte[] state = bench.SaveState();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(invitations);
        using FederationServer reversed = bench.Restore(state);

        IReadOnlyList<OutgoingMessage> forwards = HandleAll(bench.Server, uploads.Values);
        IReadOnlyList<OutgoingMessage> backwards = HandleAll(reversed, uploads.Values.Reverse());
        TestBench.Unsigned(AggregateIn(backwards)).Should().Equal(TestBench.Unsigned(AggregateIn(forwards)));

        static ReadOnlyMemory<byte> AggregateIn(IReadOnlyList<OutgoingMessage> messages)
            => messages.First(message => message.Kind == MessageKind.Aggregate).Bytes;
    }

    [Fact]
    public async Task Report_OfARound_ShowsWhatWasEncrypted()
    {
        EncryptionMask mask = EncryptionMask.All(TestModel.Layout);
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Mask = mask });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        IReadOnlyList<OutgoingMessage> closing = HandleAll(bench.Server, uploads.Values);

        RoundReport report = bench.Reports.Single();

        report.IsAggregated.Should().BeTrue();
        report.Selected.Should().Equal(uploads.Keys);
        report.Contributions.Should().OnlyContain(contribution =>
            contribution.Receipt.EncryptedCount == 24
            && contribution.Receipt.ClearCount == 0
            && contribution.Receipt.SecurityLevel == SecurityLevel.Bits256
            && contribution.Receipt.KeyId == bench.Job.Authority.KeyId);
        report.BytesReceived.Should().Be(uploads.Values.Sum(upload => upload.Length));
        report.AggregateLength.Should().Be(closing.First(message => message.Kind == MessageKind.Aggregate).Bytes.Length);
    }

    /// <summary>Handles uploads and returns the answers to the last one.</summary>
    private static IReadOnlyList<OutgoingMessage> HandleAll(FederationServer server, IEnumerable<ReadOnlyMemory<byte>> uploads)
    {
        IReadOnlyList<OutgoingMessage> answers = [];
        foreach (ReadOnlyMemory<byte> upload in uploads)
        {
            answers = server.Receive(upload);
        }

        return answers;
    }

    private static void ShouldBeAverageOf(TestBench bench, int[] clients)
    {
        double[] expected = TestModel.Average(clients.Select(i => bench.Trainers[i].Results.Last().Result), bench.Terms.MaxWeight);
        AveragedModel average = bench.Clients[0].LatestAverage!;
        TestModel.Flat(average.Parameters).Zip(expected, (actual, exact) => Math.Abs(actual - exact))
            .Should().OnlyContain(error => error <= average.MaxErrorBound);
    }

    private sealed class ThrowingLogger<T> : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new NotImplementedException();

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => throw new NotImplementedException();
    }

    private sealed class ThrowingProgress : IProgress<ClientProgress>
    {
        public void Report(ClientProgress value) => throw new NotImplementedException();
    }

    private sealed class ThrowingSampler : IClientSampler
    {
        public bool Throws { get; set; } = true;

        public IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count)
            => Throws ? throw new TimeoutException() : [.. candidates.Take(count)];
    }
}
