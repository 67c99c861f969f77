using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Client;

/// <summary>What a client trains for follows from the job and the strategy that it names, whatever a server signs.</summary>
public sealed class TrainingTaskTests
{
    [Fact]
    public async Task Invitation_WithOtherHyperparameters_IsMalformedAndTrainsNothing()
    {
        using TestBench bench = await TestBench.CreateAsync();
        var invitation = new OldInvitation(
            bench.Slot(0, round: 1, attempt: 1),
            bench.Job.InitialModelDigest,
            new TrainingSettings { LocalEpochs = 1_000_000_000, BatchSize = 1, LearningRate = 1e300, ProximalMu = 1e300 });

        (await bench.Clients[0].ReceiveAsync(bench.FromServer(invitation))).Should().BeEmpty();

        bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.Malformed);
        bench.Trainers[0].Results.Should().BeEmpty();
    }

    [Fact]
    public async Task Task_OfAClient_IsTheOneOfTheJobsStrategy()
    {
        using TestBench bench = await TestBench.CreateAsync();

        await bench.Clients[0].ReceiveAsync(bench.StartWithAll()[0].Bytes);

        bench.Trainers[0].Results.Single().Task.Should().Be(new TrainingTask(1, bench.Job.Settings.Training, bench.Terms.MaxWeight));
    }

    [Fact]
    public async Task Task_OfAHostsStrategy_IsComputedByTheClientItselfWithinTheJobsTerms()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Strategy = new DecayingStrategy() });

        ReadOnlyMemory<byte> upload = (await bench.Clients[0].ReceiveAsync(bench.StartWithAll()[0].Bytes)).Single();

        TrainingTask task = bench.Trainers[0].Results.Single().Task;
        task.Should().Be(new TrainingTask(1, new TrainingSettings { LearningRate = 0.5 }, bench.Terms.MaxWeight));
        bench.ReasonIn(bench.Server.Receive(upload)).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task Client_WithoutTheJobsStrategy_IsNotCreated()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationJob job = With(bench.Job.Settings with { Strategy = "fedmagic" });
        FederationJob invalid = With(bench.Job.Settings with { Strategy = FedProxStrategy.StrategyName });
        Action unknown = () => _ = new FederationClient(bench.ClientSetup(0) with { Job = job });
        Action other = () => _ = new FederationClient(bench.ClientSetup(0) with { Job = job, Strategy = new FedAvgStrategy() });
        Action refused = () => _ = new FederationClient(bench.ClientSetup(0) with { Job = invalid });

        unknown.Should().Throw<NotSupportedException>().WithMessage("*fedmagic*");
        other.Should().Throw<HeMismatchException>();
        refused.Should().Throw<ArgumentException>();

        FederationJob With(FederationSettings settings)
            => new(
                bench.JobId,
                bench.Authority.Info,
                bench.Job.ServerKey,
                bench.Roster,
                bench.Terms,
                bench.Job.InitialModelDigest,
                settings,
                protection: JobProtection.Direct);
    }

    /// <summary>An invitation that goes on with hyperparameters and a weight limit behind its fields.</summary>
    private sealed record OldInvitation(UploadSlot Slot, Digest BaseDigest, TrainingSettings Training)
        : ServerMessage(Slot.JobId)
    {
        public override MessageKind Kind => MessageKind.Invitation;

        protected override void WriteContent(WireWriter writer)
        {
            new Invitation(Slot, BaseDigest, 1).WriteBody(writer);
            Training.Write(writer);
            writer.WriteInt64(100);
        }
    }

    /// <summary>FedAvg whose learning rate is halved by the round, with a weight limit and a round that no job has.</summary>
    private sealed class DecayingStrategy : IAggregationStrategy
    {
        private readonly FedAvgStrategy _inner = new();

        public string Name => _inner.Name;

        public void Validate(FederationSettings settings) => _inner.Validate(settings);

        public IReadOnlyList<ClientId> SelectClients(
            FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler)
            => _inner.SelectClients(job, round, attempt, available, sampler);

        public TrainingTask CreateTask(FederationJob job, int round, ClientId client)
            => new(round + 100, new TrainingSettings { LearningRate = Math.ScaleB(1, -round) }, long.MaxValue);
    }
}
