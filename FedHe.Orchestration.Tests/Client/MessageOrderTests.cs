using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Client;

/// <summary>Messages of a round, an attempt or an order that cannot be, most of them signed by a server that lies.</summary>
public sealed class MessageOrderTests
{
    [Theory]
    [InlineData(false, IgnoredReason.ServerSignature)]
    [InlineData(true, IgnoredReason.NotRequested)]
    public async Task Client_AggregateOfAFarRound_GoesOnUploadingInEveryRound(bool isSignedByTheServer, IgnoredReason expected)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 10 });
        using var relay = ServerIdentity.Create();
        FederationClient client = bench.Clients[0];
        byte[] far = MessageFormat.WriteSigned(
            AggregateOf(bench, round: 10), bench.Context.ParametersId, isSignedByTheServer ? bench.ServerIdentity : relay);

        await client.ReceiveAsync(far);

        client.LastIgnored.Should().Be(expected);
        (client.ModelRound, client.LatestAverage).Should().Be((0, null));
        await RunAsync(bench, bench.StartWithAll());
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Trainers[0].Results.Should().HaveCount(10);
        client.ModelRound.Should().Be(10);
        TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[1].GlobalModel));
    }

    [Fact]
    public async Task Client_AggregateOfAFarRoundThatItAskedFor_IsTaken()
    {
        // The guard of the test above is out: the client asks for what it is invited to start from.
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 10 });
        FederationClient client = bench.Clients[0];
        AggregateMessage far = AggregateOf(bench, round: 9);
        var invitation = new Invitation(bench.Slot(0, round: 10, attempt: 1), Digest.Compute(far.Aggregate.Span), 1);

        ReadOnlyMemory<byte> request = (await client.ReceiveAsync(bench.FromServer(invitation))).Single();
        ReadOnlyMemory<byte> upload = (await client.ReceiveAsync(bench.FromServer(far))).Single();

        ((AggregateRequest)bench.Parse(request)).Round.Should().Be(9);
        ((Upload)bench.Parse(upload)).Slot.Round.Should().Be(10);
        client.ModelRound.Should().Be(9);
    }

    [Fact]
    public async Task Client_AnotherAggregateThanTheInvitationNames_IsNotTakenAndTheRightOneStillIs()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 10 });
        FederationClient client = bench.Clients[0];
        AggregateMessage named = AggregateOf(bench, round: 4);
        await client.ReceiveAsync(bench.FromServer(new Invitation(bench.Slot(0, round: 5, attempt: 1), Digest.Compute(named.Aggregate.Span), 1)));

        await ShouldIgnoreAsync(client, bench.FromServer(AggregateOf(bench, round: 4, seed: 1)), IgnoredReason.WrongBaseModel);
        await ShouldIgnoreAsync(client, bench.FromServer(AggregateOf(bench, round: 3)), IgnoredReason.NotRequested);
        await ShouldIgnoreAsync(client, bench.FromServer(AggregateOf(bench, round: 5)), IgnoredReason.NotRequested);
        client.ModelRound.Should().Be(0);

        (await client.ReceiveAsync(bench.FromServer(named))).Should().ContainSingle();
        client.ModelRound.Should().Be(4);
    }

    [Fact]
    public async Task Client_RoundOrAttemptThatTheJobDoesNotHave_IsIgnoredUnopened()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        Digest initial = bench.Job.InitialModelDigest;

        await ShouldIgnoreAsync(client, bench.FromServer(new Invitation(bench.Slot(0, round: 3, attempt: 1), initial, 1)), IgnoredReason.NotInJob);
        await ShouldIgnoreAsync(client, bench.FromServer(new Invitation(bench.Slot(0, round: 1, attempt: 3), initial, 1)), IgnoredReason.NotInJob);
        await ShouldIgnoreAsync(
            client, bench.FromServer(new Invitation(bench.Slot(0, round: int.MaxValue, attempt: int.MaxValue), initial, 1)), IgnoredReason.NotInJob);
        await ShouldIgnoreAsync(client, bench.FromServer(AggregateOf(bench, round: 3)), IgnoredReason.NotInJob);
        bench.Trainers[0].Results.Should().BeEmpty();
    }

    [Fact]
    public async Task Client_InvitationToAnEarlierAttemptOrRound_IsOutdated()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        byte[] first = bench.FromServer(new Invitation(bench.Slot(0, round: 1, attempt: 1), bench.Job.InitialModelDigest, 1));
        byte[] second = bench.FromServer(new Invitation(bench.Slot(0, round: 1, attempt: 2), bench.Job.InitialModelDigest, 1));
        bench.Trainers[0].Before = (_, _) => throw new TimeoutException();
        Func<Task> failed = () => client.ReceiveAsync(second);
        await failed.Should().ThrowAsync<TimeoutException>();
        bench.Trainers[0].Before = null;

        await ShouldIgnoreAsync(client, first, IgnoredReason.Outdated);
        (await client.ReceiveAsync(second)).Should().ContainSingle();

        await client.ReceiveAsync(bench.FromServer(AggregateOf(bench, round: 1)));
        client.ModelRound.Should().Be(1);
        await ShouldIgnoreAsync(client, second, IgnoredReason.Outdated);
        await ShouldIgnoreAsync(client, bench.FromServer(AggregateOf(bench, round: 1, seed: 1)), IgnoredReason.Outdated);
    }

    [Theory]
    [InlineData(FederationOutcome.Completed, FederationOutcome.QuorumNotReached)]
    [InlineData(FederationOutcome.QuorumNotReached, FederationOutcome.Completed)]
    public async Task Client_OutcomeAfterAnotherOutcome_IsAContradiction(FederationOutcome first, FederationOutcome second)
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        await client.ReceiveAsync(bench.FromServer(new Conclusion(bench.JobId, first, RoundOf(first))));

        await ShouldIgnoreAsync(client, bench.FromServer(new Conclusion(bench.JobId, second, RoundOf(second))), IgnoredReason.Contradiction);

        client.Outcome.Should().Be(first == FederationOutcome.Completed ? null : first, "without the last model nothing is completed");
        await client.ReceiveAsync(bench.FromServer(new Conclusion(bench.JobId, first, RoundOf(first))));
        client.LastIgnored.Should().BeNull("a repetition contradicts nothing");
    }

    [Fact]
    public async Task Client_FailureOfAJobWhoseLastModelItHas_IsAContradiction()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        FederationClient client = bench.Clients[0];
        await client.ReceiveAsync(bench.FromServer(AggregateOf(bench, round: 1)));

        await ShouldIgnoreAsync(
            client, bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.QuorumNotReached, 0)), IgnoredReason.Contradiction);

        client.Outcome.Should().BeNull();
    }

    [Fact]
    public async Task Client_LastAggregateOfAJobThatFailed_IsAContradiction()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        FederationClient client = bench.Clients[0];
        await client.ReceiveAsync(bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.QuorumNotReached, 0)));

        await ShouldIgnoreAsync(client, bench.FromServer(AggregateOf(bench, round: 1)), IgnoredReason.Contradiction);

        client.ModelRound.Should().Be(0);
    }

    [Fact]
    public async Task Client_InvitationAfterTheConclusion_IsIgnoredBeforeTraining()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        await bench.Clients[0].ReceiveAsync(bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.QuorumNotReached, 0)));

        await ShouldIgnoreAsync(bench.Clients[0], invitation, IgnoredReason.JobHasEnded);

        bench.Trainers[0].Results.Should().BeEmpty();
    }

    [Fact]
    public async Task Client_ThatMissedTheLastAggregate_AsksForItWhenTheJobHasEnded()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[3];
        ReadOnlyMemory<byte> conclusion = default;
        await RunAsync(bench, bench.StartWithAll(), message =>
        {
            conclusion = message.Kind == MessageKind.Conclusion ? message.Bytes : conclusion;
            return message.Recipient == client.Client && message.Kind is MessageKind.Aggregate or MessageKind.Conclusion;
        });
        client.ModelRound.Should().Be(0, "its aggregates were lost");

        ReadOnlyMemory<byte> request = (await client.ReceiveAsync(conclusion)).Single();
        await client.ReceiveAsync(bench.Server.Receive(request).Single().Bytes);

        client.ModelRound.Should().Be(2);
        TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel));
        (await client.ReceiveAsync(conclusion)).Should().BeEmpty();
    }

    [Fact]
    public async Task Client_AcknowledgementOfAMessageItDidNotSend_IsIgnored()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        byte[] ofAnother = bench.FromServer(
            new Acknowledgement(bench.JobId, bench.DigestOf(bench.Clients[1].Announce()), RefusalReason.WrongMask));
        ReadOnlyMemory<byte> upload = (await client.ReceiveAsync(bench.StartWithAll()[0].Bytes)).Single();

        await ShouldIgnoreAsync(client, ofAnother, IgnoredReason.UnknownMessage);

        client.LastRefusal.Should().BeNull();
        client.UnacknowledgedUpload.Should().NotBeNull();
        await client.ReceiveAsync(bench.Server.Receive(upload).Single().Bytes);
        (client.LastIgnored, client.UnacknowledgedUpload).Should().Be((null, null));
    }

    [Fact]
    public async Task Client_AcknowledgementOfAnEarlierUpload_IsStillKnown()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        ReadOnlyMemory<byte> first = await UploadAsync(attempt: 1);
        await UploadAsync(attempt: 2);

        await client.ReceiveAsync(bench.FromServer(new Acknowledgement(bench.JobId, bench.DigestOf(first), RefusalReason.WrongAttempt)));

        (client.LastIgnored, client.LastRefusal).Should().Be((null, RefusalReason.WrongAttempt));
        client.UnacknowledgedUpload.Should().NotBeNull("the second upload has no answer yet");

        async Task<ReadOnlyMemory<byte>> UploadAsync(int attempt) => (await client.ReceiveAsync(
            bench.FromServer(new Invitation(bench.Slot(0, round: 1, attempt), bench.Job.InitialModelDigest, 1)))).Single();
    }

    [Fact]
    public async Task Client_ManyAnnouncements_AreRememberedUpToALimit()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        List<byte[]> answers = [.. Enumerable.Range(0, 17).Select(_ => bench.Server.Receive(client.Announce())[0].Bytes.ToArray())];

        await ShouldIgnoreAsync(client, answers[0], IgnoredReason.UnknownMessage);
        foreach (byte[] answer in answers.Skip(1))
        {
            await client.ReceiveAsync(answer);
            client.LastIgnored.Should().BeNull();
        }
    }

    private static int RoundOf(FederationOutcome outcome) => outcome == FederationOutcome.Completed ? 2 : 0;

    private static async Task ShouldIgnoreAsync(FederationClient client, ReadOnlyMemory<byte> message, IgnoredReason reason)
    {
        (await client.ReceiveAsync(message)).Should().BeEmpty();
        client.LastIgnored.Should().Be(reason);
    }

    /// <summary>A well-formed aggregate of the first two clients in any round; another seed gives other bytes.</summary>
    private static AggregateMessage AggregateOf(TestBench bench, int round, int seed = 0) => new(
        bench.JobId, round, bench.Aggregate([.. Enumerable.Range(0, 2).Select(i => bench.Update(i, bench.Slot(i, round, attempt: 1), weight: 5 + seed))]));

    /// <summary>Carries all messages to the end of the job, except the lost ones.</summary>
    private static async Task RunAsync(
        TestBench bench, IReadOnlyList<OutgoingMessage> messages, Func<OutgoingMessage, bool>? isLost = null)
    {
        IReadOnlyList<OutgoingMessage> last = messages;
        while (last.Count > 0 || bench.Server.Phase != ServerPhase.Ended)
        {
            var answers = new List<OutgoingMessage>();
            foreach (OutgoingMessage message in last.Where(message => isLost?.Invoke(message) != true))
            {
                foreach (ReadOnlyMemory<byte> answer in await bench.ClientOf(message).ReceiveAsync(message.Bytes))
                {
                    answers.AddRange(bench.Server.Receive(answer));
                }
            }

            last = answers;
            if (answers.Count == 0 && bench.Server.Phase != ServerPhase.Ended)
            {
                bench.Time.Pass(TestBench.Deadline);
                last = bench.Server.MoveOn();
            }
        }
    }
}
