using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Transport;

public sealed class InProcessFaultTests
{
    private static readonly ClientId Unlucky = new("hospital-2");

    [Fact]
    public async Task Dropout_OfAnUpload_CostsTheRoundOnlyItsData()
    {
        List<RoundResult> outcomes = await RunAsync(
            Setup(out Dictionary<ClientId, ILocalTrainer> trainers, Lose(MessageKind.Upload, round: 2)));

        outcomes.Should().HaveCount(3).And.OnlyContain(outcome => outcome.Report.IsAggregated);
        outcomes[1].Report.Contributions.Should().HaveCount(3).And.NotContain(contribution => contribution.Client == Unlucky);
        ShouldBeAverage(outcomes[1], trainers.Where(entry => entry.Key != Unlucky));
        ShouldBeAverage(outcomes[2], trainers);
    }

    [Theory]
    [InlineData(MessageKind.Invitation)]
    [InlineData(MessageKind.Aggregate)]
    [InlineData(MessageKind.Acknowledgement)]
    public async Task Loss_OfAServersMessage_IsMadeUpInTheNextRound(MessageKind kind)
    {
        List<RoundResult> outcomes = await RunAsync(
            Setup(out Dictionary<ClientId, ILocalTrainer> trainers, Lose(kind, round: 1)));

        outcomes.Should().HaveCount(3).And.OnlyContain(outcome => outcome.Report.IsAggregated);
        outcomes[2].Report.Contributions.Should().HaveCount(4);
        ShouldBeAverage(outcomes[2], trainers);
    }

    [Fact]
    public async Task Duplicates_OfEveryMessage_ChangeNothing()
    {
        List<RoundResult> outcomes = await RunAsync(Setup(
            out Dictionary<ClientId, ILocalTrainer> trainers,
            message => [new Delivery(message.Bytes, TimeSpan.Zero), new Delivery(message.Bytes, TimeSpan.Zero)]));

        outcomes.Should().HaveCount(3);
        foreach (RoundResult outcome in outcomes)
        {
            outcome.Report.TotalWeight.Should().Be(30 + 60 + 90 + 100);
            ShouldBeAverage(outcome, trainers);
        }
    }

    [Fact]
    public async Task Corruption_OfAnUpload_IsRefusedAndTheRoundGoesOn()
    {
        List<RoundResult> outcomes = await RunAsync(Setup(out Dictionary<ClientId, ILocalTrainer> trainers, message =>
        {
            byte[] bytes = message.Bytes.ToArray();
            if (message is { Kind: MessageKind.Upload, Round: 1 } && message.Client == Unlucky)
            {
                bytes[bytes.Length / 2] ^= 1;
            }

            return [new Delivery(bytes, TimeSpan.Zero)];
        }));

        outcomes[0].Report.Refusals.Should().Contain(RefusalReason.BadSignature, 1);
        ShouldBeAverage(outcomes[0], trainers.Where(entry => entry.Key != Unlucky));
    }

    [Fact]
    public async Task Delay_BeyondTheDeadline_MakesAnUploadLate()
    {
        List<RoundResult> outcomes = await RunAsync(Setup(out _, message =>
        {
            bool isSlow = message is { Kind: MessageKind.Upload, Round: 1 } && message.Client == Unlucky;
            return [new Delivery(message.Bytes, isSlow ? TimeSpan.FromSeconds(600.5) : TimeSpan.FromSeconds(1))];
        }));

        outcomes[0].Report.Contributions.Should().HaveCount(3);
        outcomes.SelectMany(outcome => outcome.Report.Refusals.Keys).Should().Equal(RefusalReason.TooLate);
        outcomes[0].Report.Duration.Should().Be(TimeSpan.FromMinutes(10));
        outcomes[0].Costs.Elapsed.Should().BeLessThan(TimeSpan.FromMinutes(1), "the clock is simulated");
    }

    [Fact]
    public async Task Quorum_NeverReached_EndsTheJobWithTheReason()
    {
        InProcessFederationSetup setup = Setup(out _, message => message.Kind == MessageKind.Upload ? [] : Pass(message));
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);

        List<RoundResult> outcomes = await RunAsync(federation);

        outcomes.Should().ContainSingle().Which.Report.Tries.Should().Be(3, "the attempt collected longer and longer");
        outcomes[0].Report.IsAggregated.Should().BeFalse();
        outcomes[0].Model.Should().BeNull();
        federation.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
    }

    [Fact]
    public async Task Trainer_ThatThrows_DropsOutWithItsReasonAndTheOthersGoOn()
    {
        InProcessFederationSetup setup = Setup(out Dictionary<ClientId, ILocalTrainer> trainers, faults: null);
        ((FakeTrainer)trainers[Unlucky]).Before = (_, _) => throw new TimeoutException();
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);

        List<RoundResult> outcomes = await RunAsync(federation);

        outcomes.Should().HaveCount(3).And.OnlyContain(outcome => outcome.Report.Contributions.Length == 3);
        federation.Failures.Should().ContainKey(Unlucky).WhoseValue.Should().BeOfType<TimeoutException>();
    }

    [Fact]
    public async Task Trainer_ThatThrowsOnce_MissesOneRound()
    {
        InProcessFederationSetup setup = Setup(out Dictionary<ClientId, ILocalTrainer> trainers, faults: null);
        FailOnce((FakeTrainer)trainers[Unlucky]);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);

        List<RoundResult> outcomes = await RunAsync(federation);

        outcomes.Select(outcome => outcome.Report.Contributions.Length).Should().Equal(3, 4, 4);
        federation.Clients.Should().OnlyContain(client => client.ModelRound == 3);
        federation.Failures.Should().ContainKey(Unlucky);
    }

    [Fact]
    public async Task Trainer_ThatThrowsOnce_IsInTheRoundThatWaitsForIt()
    {
        InProcessFederationSetup setup = Setup(out Dictionary<ClientId, ILocalTrainer> trainers, faults: null);
        FailOnce((FakeTrainer)trainers[Unlucky]);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup with { Settings = setup.Settings with { Quorum = 4 } });

        List<RoundResult> outcomes = await RunAsync(federation);

        outcomes.Select(outcome => outcome.Report.Contributions.Length).Should().Equal(4, 4, 4);
        outcomes[0].Report.Tries.Should().Be(2);
    }

    [Fact]
    public async Task Trainer_ThatCannotAnnounceItselfAnyMore_StaysAwayAndTheOthersGoOn()
    {
        InProcessFederationSetup setup = Setup(out Dictionary<ClientId, ILocalTrainer> trainers, faults: null);
        trainers[Unlucky] = new VanishedData();
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup with { Trainers = trainers });

        List<RoundResult> outcomes = await RunAsync(federation);

        outcomes.Should().HaveCount(3).And.OnlyContain(outcome => outcome.Report.Contributions.Length == 3);
        federation.Failures[Unlucky].Should().BeOfType<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task Trainer_ThatReturnsNothing_IsNamed()
    {
        InProcessFederationSetup setup = Setup(out Dictionary<ClientId, ILocalTrainer> trainers, faults: null);
        trainers[Unlucky] = new EmptyTrainer();
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup with { Trainers = trainers });

        await RunAsync(federation);

        federation.Failures[Unlucky].Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain(nameof(EmptyTrainer));
    }

    [Fact]
    public async Task Cancellation_DuringTraining_EndsTheRunAndTheTraining()
    {
        InProcessFederationSetup setup = Setup(out Dictionary<ClientId, ILocalTrainer> trainers, faults: null);
        using var cancellation = new CancellationTokenSource();
        var ended = new TaskCompletionSource();
        ((FakeTrainer)trainers[Unlucky]).Before = async (_, token) =>
        {
            await cancellation.CancelAsync();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                ended.SetResult();
            }
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);

        Func<Task> act = () => RunAsync(federation, cancellationToken: cancellation.Token);

        await act.Should().ThrowAsync<OperationCanceledException>();
        ended.Task.IsCompleted.Should().BeTrue("the run waits for the training it cancelled");
        federation.Failures.Should().BeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Faults_OfEveryKindAtOnce_NeverGiveAWrongAverage(int seed)
    {
        var random = new Random(seed);
        List<RoundResult> outcomes = await RunAsync(Setup(
            out Dictionary<ClientId, ILocalTrainer> trainers,
            message => random.Next(10) switch
            {
                0 => [],
                1 => Pass(message).Concat(Pass(message)),
                2 => [new Delivery(message.Bytes, TimeSpan.FromMinutes(random.Next(15)))],
                3 => [new Delivery(message.Bytes.ToArray().Select((value, i) => i == 300 ? (byte)~value : value).ToArray(), TimeSpan.Zero)],
                _ => Pass(message),
            }) with
        { MaxConcurrentClients = 1 });

        outcomes.Should().NotBeEmpty();
        foreach (RoundResult outcome in outcomes.Where(outcome => outcome.Model is not null))
        {
            HashSet<ClientId> contributors = [.. outcome.Report.Contributions.Select(contribution => contribution.Client)];
            outcome.Report.Contributions.Should().HaveCountGreaterThanOrEqualTo(2);
            ShouldBeAverage(outcome, trainers.Where(entry => contributors.Contains(entry.Key)));
        }
    }

    [Fact]
    public async Task Run_WithProgress_ReportsEveryPhaseAndItsCosts()
    {
        var steps = new List<RoundProgress>();
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(out _, faults: null));

        List<RoundResult> outcomes = await RunAsync(federation, new LockedCollector(steps));

        steps.Where(step => step.Round == 2).Select(step => step.Phase).Distinct().Should().BeEquivalentTo(
            [RoundPhase.Invited, RoundPhase.Training, RoundPhase.Trained, RoundPhase.Encrypted, RoundPhase.Decrypted, RoundPhase.Aggregated]);
        outcomes.Should().OnlyContain(outcome => outcome.Costs.Encryptions == 4 && outcome.Costs.Decryptions == 4);
        outcomes.Should().OnlyContain(outcome => outcome.Costs.BytesUp > 4 * 24 * sizeof(long) && outcome.Costs.BytesDown > 0);
        outcomes.Should().OnlyContain(outcome => outcome.Costs.Encrypt > TimeSpan.Zero && outcome.Costs.Fold > TimeSpan.Zero);
    }

    [Fact]
    public async Task Run_ASecondTime_IsRefused()
    {
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(out _, faults: null));
        await RunAsync(federation);

        Func<Task> act = () => RunAsync(federation);

        await act.Should().ThrowAsync<InvalidOperationException>();
    }

    private static InProcessFederationSetup Setup(out Dictionary<ClientId, ILocalTrainer> trainers, FaultInjector? faults)
    {
        trainers = InProcessFederationTests.Trainers(4);
        return InProcessFederationTests.Setup(Schemes.Create("plain"), trainers) with { Faults = faults };
    }

    private static void FailOnce(FakeTrainer trainer) => trainer.Before = (_, _) =>
    {
        trainer.Before = null;
        throw new TimeoutException();
    };

    private static IEnumerable<Delivery> Pass(TransportMessage message) => [new Delivery(message.Bytes, TimeSpan.Zero)];

    private static FaultInjector Lose(MessageKind kind, int round)
        => message => message.Kind == kind && message.Round == round && message.Client == Unlucky ? [] : Pass(message);

    private static async Task<List<RoundResult>> RunAsync(InProcessFederationSetup setup)
    {
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        return await RunAsync(federation);
    }

    private static async Task<List<RoundResult>> RunAsync(
        InProcessFederation federation, IProgress<RoundProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var outcomes = new List<RoundResult>();
        await foreach (RoundResult outcome in federation.RunAsync(progress, cancellationToken))
        {
            outcomes.Add(outcome);
        }

        return outcomes;
    }

    /// <summary>Compares with the average of what trainers returned last for the round: a repeated round counts its last attempt.</summary>
    private static void ShouldBeAverage(RoundResult outcome, IEnumerable<KeyValuePair<ClientId, ILocalTrainer>> trainers)
    {
        double[] expected = TestModel.Average(
            trainers.Select(entry => ((FakeTrainer)entry.Value).Results.Last(result => result.Task.Round == outcome.Report.Round).Result),
            maxWeight: 100);
        TestModel.Flat(outcome.Model!.Parameters).Zip(expected, (actual, exact) => Math.Abs(actual - exact))
            .Should().OnlyContain(error => error <= outcome.Model.MaxErrorBound);
    }

    private sealed class EmptyTrainer : ILocalTrainer
    {
        public long SampleCount => 30;

        public Task<LocalTrainingResult> TrainAsync(
            ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
            => Task.FromResult<LocalTrainingResult>(null!);
    }

    /// <summary>Has samples until it trains for the first time.</summary>
    private sealed class VanishedData : ILocalTrainer
    {
        public long SampleCount { get; private set; } = 30;

        public Task<LocalTrainingResult> TrainAsync(
            ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        {
            SampleCount = 0;
            throw new TimeoutException();
        }
    }

    private sealed class LockedCollector(List<RoundProgress> steps) : IProgress<RoundProgress>
    {
        public void Report(RoundProgress value)
        {
            lock (steps)
            {
                steps.Add(value);
            }
        }
    }
}
