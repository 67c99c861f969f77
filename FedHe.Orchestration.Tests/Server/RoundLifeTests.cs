using System.Buffers;
using FedHe.Crypto.Parameters;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
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
            bench.Server.Handle(upload);
        }

        bench.Server.Advance().Should().BeEmpty("the deadline has not passed");
        bench.Time.Pass(TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> closing = bench.Server.Advance();
        await bench.DeliverAsync(closing, MessageKind.Aggregate);

        closing.Count(message => message.Kind == MessageKind.Aggregate).Should().Be(4);
        bench.Reports.Single().Contributions.Select(contribution => contribution.Client).Should().Equal(uploads.Keys.Take(3));
        bench.Reports.Single().TotalWeight.Should().Be(10 + 20 + 30);
        ShouldBeAverageOf(bench, clients: [0, 1, 2]);
        bench.ReasonIn(bench.Server.Handle(uploads.Values.Last())).Should().Be(RefusalReason.TooLate);
    }

    [Fact]
    public async Task Round_DeadlineNotReportedByTheHost_IsStillKept()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Handle(uploads.Values.First());
        bench.Server.Handle(uploads.Values.Skip(1).First());
        bench.Time.Pass(TestBench.Deadline);

        bench.ReasonIn(bench.Server.Handle(uploads.Values.Last())).Should().Be(RefusalReason.TooLate);
        bench.Server.LastAggregatedRound.Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Round_HostThatThrowsOnItsReport_HasEndedAllTheSame(int uploadCount)
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationServerSetup setup = bench.ServerSetup with { Reports = new ThrowingProgress() };
        bench.Server.Dispose();
        bench.Server = new FederationServer(setup);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        Action end = () =>
        {
            foreach (ReadOnlyMemory<byte> upload in uploads.Values.Take(uploadCount))
            {
                bench.Server.Handle(upload);
            }

            bench.Time.Pass(TestBench.Deadline);
            bench.Server.Advance();
        };
        end.Should().Throw<NotImplementedException>();

        (bench.Server.Round, bench.Server.Attempt).Should().Be(uploadCount == 1 ? (1, 2) : (2, 1), "the transition is whole");
        bench.Server.Contributions.Should().BeEmpty();
        var state = new ArrayBufferWriter<byte>();
        bench.Server.SaveState(state);
        using FederationServer resumed = FederationServer.Restore(setup, state.WrittenMemory);
        (resumed.Round, resumed.Attempt).Should().Be((bench.Server.Round, bench.Server.Attempt));
        bench.Server.Advance().Count(message => message.Kind == (uploadCount == 1 ? MessageKind.Invitation : MessageKind.Aggregate))
            .Should().Be(4, "the next call returns the messages that the exception kept back");
    }

    [Fact]
    public async Task Job_LoggerAndReportSinkThatAlwaysThrow_CompletesAllTheSame()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.Server.Dispose();
        bench.Server = new FederationServer(bench.ServerSetup with { Reports = new ThrowingProgress(), Logger = new ThrowingLogger() });
        var toClients = new Queue<OutgoingMessage>();
        bench.Clients.ForEach(client => Call(server => server.Handle(client.Announce())));
        Call(server => server.Start());
        while (bench.Server.Phase != ServerPhase.Ended)
        {
            while (toClients.TryDequeue(out OutgoingMessage message))
            {
                foreach (ReadOnlyMemory<byte> answer in await bench.ClientOf(message).HandleAsync(message.Bytes))
                {
                    Call(server => server.Handle(answer));
                }
            }

            if (Call(server => server.Advance()) && toClients.Count == 0)
            {
                // Where the logger threw, an acknowledgement or an invitation is missing: the deadline makes up for it.
                bench.Time.Pass(TestBench.Deadline);
            }
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        Call(server => server.Advance());
        await bench.DeliverAsync(toClients, MessageKind.Aggregate);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 2);

        bool Call(Func<FederationServer, IReadOnlyList<OutgoingMessage>> call)
        {
            try
            {
                call(bench.Server).ToList().ForEach(toClients.Enqueue);
                return true;
            }
            catch (NotImplementedException)
            {
                // The host goes on, and the next call returns the messages of this one.
                return false;
            }
        }
    }

    [Fact]
    public async Task Round_WithoutQuorum_IsRepeatedThenFails()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Handle(uploads.Values.First());

        bench.Time.Pass(TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> repeated = bench.Server.Advance();
        RefusalReason ofFirstAttempt = bench.ReasonIn(bench.Server.Handle(uploads.Values.Last()));
        bench.Time.Pass(TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> failed = bench.Server.Advance();

        repeated.Should().HaveCount(4).And.OnlyContain(message => message.Kind == MessageKind.Invitation);
        ofFirstAttempt.Should().Be(RefusalReason.WrongAttempt);
        failed.Should().HaveCount(4).And.OnlyContain(message => message.Kind == MessageKind.Conclusion);
        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        bench.Reports.Select(report => (report.Attempt, report.IsAggregated)).Should().Equal((1, false), (2, false));
        await bench.DeliverAsync(failed, MessageKind.Conclusion);
        bench.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.QuorumNotReached);
    }

    [Fact]
    public async Task Round_RepeatedWithAQuorum_AveragesTheSecondAttemptOnly()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> first = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Handle(first.Values.First());
        bench.Time.Pass(TestBench.Deadline);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> second = await bench.TrainAsync(bench.Server.Advance());

        IReadOnlyList<OutgoingMessage> closing = HandleAll(bench.Server, second.Values);

        await bench.DeliverAsync(closing, MessageKind.Aggregate);
        bench.Reports[1].TotalWeight.Should().Be(10 + 20 + 30 + 40);
        ShouldBeAverageOf(bench, clients: [0, 1, 2, 3]);
    }

    [Fact]
    public async Task Round_UnreachableClients_DoNotHoldItUp()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        foreach (ReadOnlyMemory<byte> upload in uploads.Values.Take(3))
        {
            bench.Server.Handle(upload);
        }

        IReadOnlyList<OutgoingMessage> closing = bench.Server.ReportUnreachable(uploads.Keys.Last());

        closing.Count(message => message.Kind == MessageKind.Aggregate).Should().Be(3);
        bench.Server.AvailableClients.Should().Equal(uploads.Keys.Take(3));
        bench.Server.Phase.Should().Be(ServerPhase.WaitingForClients, "a round needs four clients unless the deadline passes");
        bench.Time.Pass(TestBench.Deadline);
        bench.Server.Advance().Count(message => message.Kind == MessageKind.Invitation).Should().Be(3);
    }

    [Fact]
    public async Task Job_BeforeEnoughClientsAnnounced_Waits()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.Server.Start().Should().BeEmpty();
        foreach (FederationClient client in bench.Clients.Take(3))
        {
            bench.Server.Handle(client.Announce()).Should().ContainSingle("the announcement is acknowledged");
        }

        IReadOnlyList<OutgoingMessage> begun = bench.Server.Handle(bench.Clients[3].Announce());

        begun.Count(message => message.Kind == MessageKind.Invitation).Should().Be(4);
    }

    [Fact]
    public async Task Client_AnnouncingItselfAgainDuringARound_IsInvitedAgain()
    {
        using TestBench bench = await TestBench.CreateAsync();
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();

        IReadOnlyList<OutgoingMessage> answer = bench.Server.Handle(bench.Clients[2].Announce());

        TestBench.Unsigned(answer[1].Bytes).Should().Equal(
            TestBench.Unsigned(invitations.Single(message => message.Recipient == bench.Clients[2].Client).Bytes));
    }

    [Fact]
    public async Task Announcement_OfAnotherDescriptionOfTheJob_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] announcement = MessageFormat.WriteSigned(
            new Announcement(bench.JobId, bench.Clients[0].Client, bench.Terms.Digest, bench.Terms.Mask.Digest, 1, 0), bench.Context.ParametersId, bench.Identities[0]);

        bench.ReasonIn(bench.Server.Handle(announcement)).Should().Be(RefusalReason.WrongJob);
        bench.Server.AvailableClients.Should().BeEmpty();
    }

    [Fact]
    public async Task Aggregate_UploadsInAnotherOrder_HasTheSameBytes()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Rounds = 1 });
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        byte[] state = bench.SaveState();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(invitations);
        using FederationServer reversed = FederationServer.Restore(bench.ServerSetup, state);

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
            answers = server.Handle(upload);
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

    private sealed class ThrowingLogger : ILogger<FederationServer>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => throw new NotImplementedException();
    }

    private sealed class ThrowingProgress : IProgress<RoundReport>
    {
        public void Report(RoundReport value) => throw new NotImplementedException();
    }
}
