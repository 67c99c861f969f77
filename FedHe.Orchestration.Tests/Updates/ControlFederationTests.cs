using System.Buffers;
using FedHe.Crypto;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Jobs with control terms follow SCAFFOLD, and the mean of all control variates stays their mean, whatever is lost or restarted.</summary>
public sealed class ControlFederationTests
{
    private const int Clients = 8;

    [Theory]
    [InlineData("plain", 1)]
    [InlineData("ckks", 1)]
    [InlineData("ckks-exact", 0.5)]
    [InlineData(null, 1.5)]
    public async Task Federation_OfSomeOfTheClients_FollowsThePapersAlgorithm(string? scheme, double globalStep)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        Dictionary<ClientId, ILocalTrainer> trainers = ControlFixture.Trainers(Clients);

        // One client is never invited, and another drops out of the third round, where it is invited.
        ((FakeTrainer)trainers.Values.ElementAt(2)).Before = (task, _) => task.Round == 3 ? Task.FromException(new InvalidOperationException("dropped out")) : Task.CompletedTask;
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers) with
        {
            Protection = JobProtection.RoundKeys,
            Sampler = new TurnSampler(),
            Terms = new AggregationTerms(TestModel.Layout, Weighting.Clear, maxWeight: 1),
            Update = new UpdateTerms(UpdateKind.Difference, controls: new ControlTerms(bound: 8, globalStep)),
            Settings = new FederationSettings { Rounds = 6, ClientsPerRound = 6, Quorum = 5, MinimumContributors = 5 },
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        FederationClient[] clients = [.. trainers.Keys.Select(name => federation.Clients.Single(client => client.Client == name))];
        var expected = new ControlFixture(Clients, globalStep);
        var sums = new List<int>();
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            ClientId[] contributors = [.. outcome.Report.Contributions.Select(contribution => contribution.Client)];
            sums.Add(contributors.Length);
            expected.Round([.. Enumerable.Range(0, Clients).Where(i => contributors.Contains(clients[i].Client))]);
            for (int j = 0; j < ControlFixture.Values; j++)
            {
                TestModel.Flat(outcome.Model!.Parameters)[j].Should().BeApproximately(expected.X[j], 1e-6 + (4 * outcome.Report.Round * outcome.Model.MaxErrorBound));
            }
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        sums.Should().Equal(6, 6, 5, 6, 6, 6);
        expected.ShouldBe(clients, round: 6);
        clients.Should().AllSatisfy(client => ControlFixture.KeeperOf(client).IsLost.Should().BeFalse());
        expected.OfClients[..^1].Should().AllSatisfy(control => control.Max(Math.Abs).Should().BeGreaterThan(0.1));
        ControlFixture.KeeperOf(clients[^1]).Own.Values.ToArray().Should().OnlyContain(value => value == 0, "it was never invited");
    }

    [Fact]
    public async Task Client_ResumedAfterEveryMessage_GoesOnAlike()
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await ControlBench.CreateAsync(rounds: 4, protector);
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            int index = bench.Clients.FindIndex(client => client.Client == message.Recipient);
            FederationClient client = bench.Clients[index];
            ClientStep step = await client.HandleAsync(message.Bytes);
            if (index != 0 && step.State is SavedState state)
            {
                bench.Clients[index] = FederationClient.Restore(bench.ClientSetup(index), state.ToArray(), state.Stamp);
                (ControlKeeper resumed, ControlKeeper before) = (ControlFixture.KeeperOf(bench.Clients[index]), ControlFixture.KeeperOf(client));
                resumed.Mean.Values.ToArray().Should().Equal(before.Mean.Values.ToArray());
                resumed.Own.Values.ToArray().Should().Equal(before.Own.Values.ToArray());
            }

            foreach (ReadOnlyMemory<byte> answer in step.Messages)
            {
                bench.Server.Receive(answer).ToList().ForEach(toClients.Enqueue);
            }
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        var expected = new ControlFixture(bench.Clients.Count);
        for (int round = 1; round <= 4; round++)
        {
            expected.Round([.. Enumerable.Range(0, bench.Clients.Count)]);
        }

        expected.ShouldBe(bench.Clients, round: 4);
    }

    [Fact]
    public async Task Client_WhoseUploadIsInNoSum_KeepsItsControlVariate()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 3);
        var expected = new ControlFixture(bench.Clients.Count);
        List<OutgoingMessage> next = [.. bench.StartWithAll()];
        int[][] sums = [[0, 1, 2, 3, 4], [0, 1, 3, 4], [0, 1, 2, 3, 4]];
        for (int round = 1; round <= 3; round++)
        {
            SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(next);
            uploads.Should().HaveCount(5);
            next = await ControlBench.OpenAsync(bench, sums[round - 1].Select(i => uploads[bench.Clients[i].Client]));
            expected.Round(sums[round - 1]);
            bench.Clients.Should().AllSatisfy(client => client.ModelRound.Should().Be(round));
            expected.ShouldBe(bench.Clients, round);
        }
    }

    [Fact]
    public async Task Upload_OfARoundThatIsRepeated_CountsOnce()
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2, protector);
        var expected = new ControlFixture(bench.Clients.Count);
        List<OutgoingMessage> next = await ControlBench.OpenAsync(bench, (await bench.TrainAsync(bench.StartWithAll())).Values);
        expected.Round(0, 1, 2, 3, 4);

        // No client can open the second sum, so all object, and train anew for another attempt.
        ControlVariate right = ControlFixture.KeeperOf(bench.Clients[0]).Mean;
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(next);
        bench.Clients.ForEach(client => ControlFixture.KeeperOf(client).Follow(ControlVariate.Zero(ControlFixture.Values - 1)));
        next = await ControlBench.OpenAsync(bench, uploads.Values);
        bench.Clients.ForEach(client => ControlFixture.KeeperOf(client).Follow(right));
        bench.Clients.Should().AllSatisfy(client => client.ModelRound.Should().Be(1));
        expected.ShouldBe(bench.Clients, round: 1);
        for (int i = 0; i < bench.Trainers.Count; i++)
        {
            Func<ModelParameters, TrainingTask, ModelParameters> train = bench.Trainers[i].Train!;
            bench.Trainers[i].Train = (model, task) => TestModel.Map(train(model, task), (value, _) => value + 0.01, steps: 1);
        }

        uploads = await bench.TrainAsync(next);
        (bench.Server.Round, bench.Server.Attempt).Should().Be((2, 2));
        bench.Trainers.Should().AllSatisfy(trainer => trainer.Results.Should().HaveCount(3));
        var state = new ArrayBufferWriter<byte>();
        bench.Clients[1].SaveState(state);
        bench.Clients[1] = FederationClient.Restore(bench.ClientSetup(1), state.WrittenMemory);
        await ControlBench.OpenAsync(bench, uploads.Values);

        bench.Clients.Should().AllSatisfy(client => client.ModelRound.Should().Be(2));
        ControlFixture.ShouldBeTheMean(bench.Clients, round: 2);
        bench.Clients.Should().AllSatisfy(client => client.IsControlLost.Should().BeFalse());
    }

    [Fact]
    public async Task Client_ThatLostItsState_GetsModelsAndContributesNothing()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 4);
        List<OutgoingMessage> next = await ControlBench.OpenAsync(bench, (await bench.TrainAsync(bench.StartWithAll())).Values);

        // The client begins anew, and catches up with the first sum, which has its contribution.
        var logger = new SeenEvents();
        var fresh = new FederationClient(bench.ClientSetup(2) with { Logger = logger });
        FederationClient before = bench.Clients[2];
        await ControlBench.CatchUpAsync(bench, fresh);

        fresh.ModelRound.Should().Be(1);
        TestModel.Flat(fresh.GlobalModel).Should().Equal(TestModel.Flat(before.GlobalModel));
        ControlFixture.KeeperOf(fresh).Mean.Values.ToArray().Should().Equal(ControlFixture.KeeperOf(before).Mean.Values.ToArray());
        fresh.IsControlLost.Should().BeTrue();
        logger.Seen.Should().ContainSingle(seen => seen.Id == 314).Which.Level.Should().Be(LogLevel.Error, "the operator hears of it at once");
        OutgoingMessage invitation = next.Single(message => message.Kind == MessageKind.Invitation && message.Recipient == fresh.Client);
        ClientStep step = await fresh.HandleAsync(invitation.Bytes);
        step.Ignored.Should().Be(IgnoredReason.ControlLost);
        ((Announcement)bench.Parse(step.Messages.Single())).IsWithdrawn.Should().BeTrue();

        // The others go on, and what the lost control variate was stays a part of the mean. It stays lost when it is saved.
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(next.Where(message => message.Recipient != fresh.Client));
        uploads.Should().HaveCount(4);
        bench.Clients[2] = fresh;
        await ControlBench.OpenAsync(bench, uploads.Values);
        using var protector = new PasswordProtector("correct horse battery");
        FederationClientSetup setup = bench.ClientSetup(2) with { Protector = protector };
        fresh = FederationClient.Restore(setup, SavedWith(setup, fresh));
        ControlFixture.KeeperOf(fresh).IsLost.Should().BeTrue();
        var expected = new ControlFixture(bench.Clients.Count);
        expected.Round(0, 1, 2, 3, 4);
        expected.Round(0, 1, 3, 4);
        bench.Clients[2] = before;
        ControlFixture.KeeperOf(before).Follow(ControlFixture.KeeperOf(bench.Clients[0]).Mean);
        ControlFixture.ShouldBeTheMean(bench.Clients, round: 2);
        ControlFixture.Widen(ControlFixture.KeeperOf(bench.Clients[0]).Mean).Zip(expected.C).Should().AllSatisfy(pair => pair.First.Should().BeApproximately(pair.Second, 1e-5));
    }

    [Fact]
    public async Task Client_ThatWasNeverInASum_HasLostNothingWithItsState()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 3);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        List<OutgoingMessage> next = await ControlBench.OpenAsync(bench, uploads.Where(upload => upload.Key != bench.Clients[2].Client).Select(upload => upload.Value));
        bench.Clients[2] = new FederationClient(bench.ClientSetup(2));
        foreach (OutgoingMessage answer in bench.Server.Receive(bench.Clients[2].AskForLatest()))
        {
            await bench.Clients[2].ReceiveAsync(answer.Bytes);
        }

        await ControlBench.OpenAsync(bench, (await bench.TrainAsync(next)).Values);

        var expected = new ControlFixture(bench.Clients.Count);
        expected.Round(0, 1, 3, 4);
        expected.Round(0, 1, 2, 3, 4);
        expected.ShouldBe(bench.Clients, round: 2);
    }

    [Fact]
    public async Task Client_WithAnotherEncryptionInTheSum_DoesNotMoveByItsOwn()
    {
        // A client that goes back to a state before its upload trains anew, and the sum has what it forgot.
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2, protector);
        List<OutgoingMessage> invitations = [.. bench.StartWithAll()];
        var old = new ArrayBufferWriter<byte>();
        bench.Clients[3].SaveState(old);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(invitations);
        bench.Clients[3] = FederationClient.Restore(bench.ClientSetup(3), old.WrittenMemory);
        ReadOnlyMemory<byte> other = (await bench.Clients[3].ReceiveAsync(invitations.Single(message => message.Recipient == bench.Clients[3].Client && message.Kind == MessageKind.Invitation).Bytes)).Single();
        other.Span.SequenceEqual(uploads[bench.Clients[3].Client].Span).Should().BeFalse();
        await ControlBench.OpenAsync(bench, uploads.Values);

        ControlKeeper keeper = ControlFixture.KeeperOf(bench.Clients[3]);
        keeper.IsLost.Should().BeTrue();
        keeper.Own.Values.ToArray().Should().OnlyContain(value => value == 0);
        bench.Clients.Where((_, i) => i != 3).Should().AllSatisfy(client => ControlFixture.KeeperOf(client).IsLost.Should().BeFalse());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public async Task Trainer_ThatDoesNotCorrect_SendsNothing(double? totalStep)
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2);
        bench.Trainers[0].Report = result => result with { TotalStep = totalStep };
        byte[] invitation = bench.StartWithAll().Single(message => message.Recipient == bench.Clients[0].Client && message.Kind == MessageKind.Invitation).Bytes.ToArray();

        Func<Task> training = () => bench.Clients[0].HandleAsync(invitation);
        (await training.Should().ThrowAsync<CorrectionMissingException>()).WithMessage("*FakeTrainer*TotalStep*Correction*");

        // A later trainer may do better.
        bench.Clients[0].UnacknowledgedUpload.Should().BeNull();
        bench.Trainers[0].Report = ControlFixture.Trainer(0).Report;
        (await bench.Clients[0].HandleAsync(invitation)).Messages.Should().ContainSingle();
    }

    [Fact]
    public async Task Control_BeyondItsBound_IsRefusedBeforeAnythingIsSent()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2);
        bench.Trainers[0].Report = result => result with { TotalStep = 1e-6 };
        OutgoingMessage invitation = bench.StartWithAll().First(message => message.Recipient == bench.Clients[0].Client && message.Kind == MessageKind.Invitation);

        Func<Task> training = () => bench.Clients[0].HandleAsync(invitation.Bytes);

        (await training.Should().ThrowAsync<ModelValueException>()).Which.Tensor.Should().EndWith("#control");
        bench.Clients[0].UnacknowledgedUpload.Should().BeNull();
    }

    [Fact]
    public async Task Upload_OfAControlledDifference_IsAsLongAsThePlanSays()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());

        bench.Job.UploadTerms.VectorLength.Should().Be(2 * ControlFixture.Values);
        uploads.Values.Should().AllSatisfy(upload => ((long)upload.Length).Should().BeInRange(
            bench.Clients[0].Plan.Aggregation.UploadBytes, bench.Clients[0].Plan.LargestUploadBytes));
        bench.Clients[0].Plan.Remarks.Should().ContainSingle(remark => remark.Contains("SCAFFOLD", StringComparison.Ordinal));
        bench.Trainers.Should().AllSatisfy(trainer => trainer.Results.Single().Task.Correction!.Values.ToArray().Should().OnlyContain(value => value == 0, "all begin at zero"));
    }

    [Fact]
    public async Task Client_WithoutAProtector_HasNoSavedState()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2);
        ClientStep step = await bench.Clients[0].HandleAsync(bench.StartWithAll()[0].Bytes);
        FluentActions.Invoking(() => step.State!.ToArray()).Should().Throw<InvalidOperationException>().WithMessage("*Protector*");
    }

    private static byte[] SavedWith(FederationClientSetup setup, FederationClient client)
    {
        var bytes = new ArrayBufferWriter<byte>();
        ClientStateFormat.Write(ControlFixture.StateOf(client), setup, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Selects the last client only where no other is left, and leaves out one of the first two by turns.</summary>
    private sealed class TurnSampler : IClientSampler
    {
        public IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count)
            => [.. candidates.OrderBy(client => client == new ClientId($"hospital-{Clients - 1}") ? 2 : client == new ClientId($"hospital-{round % 2}") ? 1 : 0).Take(count)];
    }

    private sealed class SeenEvents : ILogger<FederationClient>
    {
        public List<(int Id, LogLevel Level)> Seen { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Seen.Add((eventId.Id, logLevel));
    }
}
