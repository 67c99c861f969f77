using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>A round that misses its quorum waits longer, and throws nothing away.</summary>
public sealed class RoundTriesTests
{
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Round_WithoutQuorum_CollectsLongerAndKeepsItsUploads(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Receive(uploads.Values.First());

        bench.Time.Pass(TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> extended = bench.Server.MoveOn();
        RefusalReason late = bench.ReasonIn(bench.Server.Receive(uploads.Values.ElementAt(1)));
        bench.Time.Pass(TestBench.Deadline);
        bench.Server.MoveOn().Should().BeEmpty("the second deadline is twice as far away");
        bench.Time.Pass(TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> closing = bench.Server.MoveOn();

        extended.Select(message => (message.Kind, message.Recipient)).Should().Equal(
            uploads.Keys.Skip(1).Select(client => (MessageKind.Invitation, (ClientId?)client)), "their invitations may be lost");
        late.Should().Be(RefusalReason.None);
        closing.Count(message => message.Kind == MessageKind.Aggregate).Should().Be(4);
        bench.Reports.Single().Contributions.Select(one => one.Client).Should().Equal(uploads.Keys.Take(2));
        (bench.Reports.Single().Attempt, bench.Reports.Single().Tries).Should().Be((1, 2));
        bench.Reports.Single().Duration.Should().Be(3 * TestBench.Deadline);
        await bench.DeliverAsync(closing, MessageKind.Aggregate);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 1);
    }

    [Fact]
    public async Task Round_WithoutQuorumInAnyTry_EndsTheJob()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Receive(uploads.Values.First());

        bench.Time.Pass(TestBench.Deadline);
        bench.Server.MoveOn();
        bench.Time.Pass(2 * TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> failed = bench.Server.MoveOn();

        failed.Should().HaveCount(4).And.OnlyContain(message => message.Kind == MessageKind.Conclusion);
        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        bench.Reports.Select(report => (report.Attempt, report.Tries, report.IsAggregated)).Should().Equal((1, 2, false));
        await bench.DeliverAsync(failed, MessageKind.Conclusion);
        bench.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.QuorumNotReached);
    }

    [Fact]
    public async Task Round_WithoutEnoughClients_WaitsTwiceAsLongThenEnds()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.Server.Receive(bench.Clients[0].Announce());
        bench.Server.StartUp();

        bench.Time.Pass(TestBench.Deadline);
        bench.Server.MoveOn().Should().BeEmpty();
        bench.Server.DueIn.Should().Be(2 * TestBench.Deadline);
        (bench.Server.Round, bench.Server.Attempt, bench.Server.Phase).Should().Be((1, 1, ServerPhase.WaitingForClients));
        bench.Time.Pass(2 * TestBench.Deadline);

        bench.Server.MoveOn().Should().ContainSingle().Which.Kind.Should().Be(MessageKind.Conclusion);
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Round_WhoseClientsVanish_InvitesOthersToTheSameAttempt(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Clients = 5, ClientsPerRound = 3, Rounds = 1, Protection = protection });
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        OutgoingMessage[] invited = [.. invitations.Where(message => message.Kind == MessageKind.Invitation)];
        invited.Should().HaveCount(3);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> first = await bench.TrainAsync(invited[..1]);
        bench.Server.Receive(first.Values.Single());
        bench.Server.LoseContact(invited[1].Recipient!.Value);
        bench.Server.LoseContact(invited[2].Recipient!.Value);

        bench.Time.Pass(TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> others = bench.Server.MoveOn();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(others);
        List<OutgoingMessage> closing = [.. uploads.Values.SelectMany(upload => bench.Server.Receive(upload))];

        others.Select(message => message.Recipient).Should().HaveCount(2).And.NotContain(invited.Select(message => message.Recipient));
        bench.Reports.Single().Contributions.Should().HaveCount(3);
        bench.Reports.Single().Attempt.Should().Be(1);
        await bench.DeliverAsync(closing, MessageKind.Aggregate);
        bench.ClientOf(others[0]).ModelRound.Should().Be(1);
    }

    [Fact]
    public async Task Round_WithGraceTime_WaitsOnceForClientsThatCanBeReached()
    {
        var grace = TimeSpan.FromMinutes(1);
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { GraceTime = grace });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Receive(uploads.Values.First());
        bench.Server.Receive(uploads.Values.ElementAt(1));

        bench.Time.Pass(TestBench.Deadline);
        bench.Server.MoveOn().Should().BeEmpty();
        bench.Server.DueIn.Should().Be(grace);
        bench.ReasonIn(bench.Server.Receive(uploads.Values.ElementAt(2))).Should().Be(RefusalReason.None);
        using FederationServer resumed = bench.Restore(bench.SaveState());
        resumed.DueIn.Should().Be(grace);
        bench.Time.Pass(grace);

        bench.Server.MoveOn().Count(message => message.Kind == MessageKind.Aggregate).Should().Be(4);
        resumed.MoveOn();
        resumed.LastAggregatedRound.Should().Be(1, "the grace is not given twice");
        bench.Reports[0].Contributions.Should().HaveCount(3);
    }

    [Fact]
    public async Task Deadlines_BackOff_AtMostSixteenTimes()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { MaxAttempts = 7 });
        bench.Server.StartUp();
        var waits = new List<TimeSpan>();
        while (bench.Server.DueIn is TimeSpan due)
        {
            waits.Add(due / TestBench.Deadline == 0 ? TimeSpan.Zero : due);
            bench.Time.Pass(due);
            bench.Server.MoveOn();
        }

        waits.Select(wait => wait / TestBench.Deadline).Should().Equal(1, 2, 4, 8, 16, 16, 16);
    }
}
