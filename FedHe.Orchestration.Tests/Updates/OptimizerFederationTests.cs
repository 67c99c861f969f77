using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Jobs with an optimizer end with the models that the optimizer makes of plaintext averages, at every client.</summary>
public sealed class OptimizerFederationTests
{
    [Theory]
    [InlineData(ServerOptimizerKind.Momentum, "ckks", JobProtection.RoundKeys, false)]
    [InlineData(ServerOptimizerKind.Adagrad, "ckks", JobProtection.Direct, false)]
    [InlineData(ServerOptimizerKind.Adam, "ckks", JobProtection.RoundKeys, false)]
    [InlineData(ServerOptimizerKind.Adam, null, JobProtection.RoundKeys, true)]
    [InlineData(ServerOptimizerKind.Yogi, "paillier", JobProtection.RoundKeys, true)]
    [InlineData(ServerOptimizerKind.Yogi, null, JobProtection.RoundKeys, false)]
    public async Task Federation_WithAnOptimizer_FollowsItOnPlaintextAverages(
        ServerOptimizerKind kind, string? scheme, JobProtection protection, bool areIntegers)
    {
        const double Step = 1.0 / (1 << 20);
        ServerOptimizer optimizer = Create(kind);
        IntegerTerms? integers = areIntegers ? new IntegerTerms(Step, 1 << 23) : null;
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers) with
        {
            Protection = protection,
            Update = new UpdateTerms(UpdateKind.Difference, integers, privacy: null, optimizer),
        };
        int maxWeight = areIntegers ? 1 : 100;
        setup = areIntegers ? setup with { Terms = new(TestModel.Layout, setup.Terms.Weighting, maxWeight: 1) } : setup;
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);

        double[] before = TestModel.Flat(setup.InitialModel);
        var moments = OptimizerMoments.Initial(optimizer, before.Length);
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            double[] average = TestModel.Average(
                trainers.Values.Cast<FakeTrainer>().Select(trainer => trainer.Results.Single(result => result.Task.Round == outcome.Report.Round).Result),
                maxWeight);
            var step = new OptimizerStep(optimizer, moments);
            double[] movement = [.. average.Zip(before, (after, start) => after - start)];
            step.Move(0, movement, movement);
            double[] actual = TestModel.Flat(outcome.Model!.Parameters);

            // The movement r*m/(sqrt(v) + tau) amplifies an error of the average by at most 2r/tau.
            double tolerance = 2 * optimizer.LearningRate * outcome.Model.MaxErrorBound / (optimizer.IsAdaptive ? optimizer.Adaptivity : 1);
            tolerance.Should().BeLessThan(0.05 * movement.Max(Math.Abs));
            for (int i = 0; i < actual.Length; i++)
            {
                actual[i].Should().BeApproximately(before[i] + movement[i], outcome.Report.Round * tolerance);
            }

            (before, moments) = (actual, step.After);
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        federation.Failures.Should().BeEmpty();
        federation.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(before, "bit for bit"));
    }

    [Theory]
    [InlineData(ServerOptimizerKind.Momentum)]
    [InlineData(ServerOptimizerKind.Adam)]
    public async Task Client_ResumedAfterEveryMessageOrWithoutAnyState_HasTheSameModel(ServerOptimizerKind kind)
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = "plain", Rounds = 4, Update = new UpdateTerms(UpdateKind.Difference, optimizer: Create(kind)) });
        for (int i = 0; i < 4; i++)
        {
            bench.Clients[i] = new FederationClient(bench.ClientSetup(i) with { Protector = protector });
        }

        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            int index = bench.Clients.FindIndex(client => client.Client == message.Recipient);
            FederationClient client = bench.Clients[index];
            ClientStep step = await client.HandleAsync(message.Bytes);
            if (index != 0 && step.State is SavedState state)
            {
                bench.Clients[index] = FederationClient.Restore(bench.ClientSetup(index) with { Protector = protector }, state.ToArray(), state.Stamp);
                TestModel.Flat(bench.Clients[index].GlobalModel).Should().Equal(TestModel.Flat(client.GlobalModel));
            }

            foreach (ReadOnlyMemory<byte> answer in step.Messages)
            {
                bench.Server.Receive(answer).ToList().ForEach(toClients.Enqueue);
            }
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        double[] model = TestModel.Flat(bench.Clients[0].GlobalModel);
        bench.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(model, "client 0 was never restarted"));

        // A client without a state opens the sum of every round again, with moments from the first round on.
        var late = new FederationClient(bench.ClientSetup(1));
        foreach (OutgoingMessage message in bench.Server.Receive(late.AskForLatest()))
        {
            await late.ReceiveAsync(message.Bytes);
        }

        late.ModelRound.Should().Be(4);
        TestModel.Flat(late.GlobalModel).Should().Equal(model);
    }

    [Theory]
    [InlineData(ServerOptimizerKind.Momentum, "03019a9999999999b93fcdccccccccccec3f000000000000000000000000000000000000")]
    [InlineData(ServerOptimizerKind.Adagrad, "03029a9999999999b93f00000000000000000000000000000000fca9f1d24d62503f0000")]
    [InlineData(ServerOptimizerKind.Adam, "03039a9999999999b93fcdccccccccccec3fae47e17a14aeef3ffca9f1d24d62503f0000")]
    [InlineData(ServerOptimizerKind.Yogi, "03049a9999999999b93fcdccccccccccec3fae47e17a14aeef3ffca9f1d24d62503f0000")]
    public void Terms_WithAnOptimizer_HaveTheseBytes(ServerOptimizerKind kind, string expected)
    {
        var terms = new UpdateTerms(UpdateKind.Difference, optimizer: Create(kind));
        var bytes = new ArrayBufferWriter<byte>();
        terms.Write(new WireWriter(bytes));
        Convert.ToHexStringLower(bytes.WrittenSpan).Should().Be(expected);
        var reader = new WireReader(bytes.WrittenSpan);
        UpdateTerms.Read(ref reader).Should().Be(terms);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 5)]
    [InlineData(9, 0x80)]
    [InlineData(17, 0x80)]
    [InlineData(33, 0x80)]
    public void Terms_WithAnOptimizerThatCannotBe_AreRefused(int position, byte value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        new UpdateTerms(UpdateKind.Difference, optimizer: ServerOptimizer.Momentum(0.1, 0)).Write(new WireWriter(bytes));
        byte[] changed = bytes.WrittenSpan.ToArray();
        changed[position] = value;
        var reader = new WireReader(changed);
        UpdateTerms.Read(ref reader).Should().BeNull("negative zeros would give one job two digests");
        reader.Error.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Terms_OfModelsWithAnOptimizer_AreRefused()
    {
        Action create = () => _ = new UpdateTerms(UpdateKind.Model, optimizer: ServerOptimizer.Adam(0.1));
        create.Should().Throw<ArgumentException>().WithMessage("*Difference*");
    }

    [Fact]
    public async Task Job_WithAnObserverAndAnOptimizer_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4 });
        FederationJob job = bench.Job;
        using BoxKeyPair observer = BoxKeyPair.Generate(job.Committee!.KeyExchange);
        FederationJob Create(BoxPublicKey? watching, ServerOptimizer? optimizer) => new(
            job.JobId,
            job.Authority,
            job.ServerKey,
            job.Roster,
            job.Terms,
            job.InitialModelDigest,
            job.Settings,
            committee: new CommitteeTerms([.. job.Committee.Members], observer: watching),
            update: new UpdateTerms(UpdateKind.Difference, optimizer: optimizer));

        Create(observer.PublicKey, optimizer: null).Should().NotBeNull();
        Create(watching: null, ServerOptimizer.Adam(0.1)).Should().NotBeNull();
        FluentActions.Invoking(() => Create(observer.PublicKey, ServerOptimizer.Adam(0.1))).Should().Throw<ArgumentException>().WithMessage("*observer*");
    }

    [Fact]
    public async Task Layer_ThatIsKeptLocal_StaysEachClientsOwn()
    {
        ModelLayout layout = TestModel.Layout.WithLocal("output");
        Dictionary<ClientId, ILocalTrainer> trainers = Enumerable.Range(1, 4).ToDictionary(
            i => new ClientId($"hospital-{i}"), ILocalTrainer (i) => new LayerTrainer(i, layout));
        using HeContext context = Schemes.Create("ckks");
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context, trainers) with
        {
            Terms = new(layout, MLBridge.Updates.Weighting.Clear, maxWeight: 100),
            InitialModel = Relabeled(TestModel.Create(seed: 1), layout),
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        await foreach (RoundResult _ in federation.RunAsync())
        {
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        federation.Clients.Select(client => client.GlobalModel.Get<double>("output.bias")[0]).Should().OnlyHaveUniqueItems();
        federation.Clients.Should().AllSatisfy(client => client.GlobalModel.Get<double>("output.bias")[0].Should().Be(
            ((LayerTrainer)trainers[client.Client]).Bias, "it is what the client trained last"));
        federation.Clients.Select(client => client.GlobalModel.Get<double>("hidden.weight")[0]).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task Client_WithALocalLayerAndWithoutAProtector_HasNoSavedState()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "plain" });
        ModelLayout layout = TestModel.Layout.WithLocal("output");
        ModelParameters initial = Relabeled(bench.InitialModel, layout);
        FederationJob whole = bench.ClientSetup(0).Job;
        var job = new FederationJob(
            whole.JobId, whole.Authority, whole.ServerKey, whole.Roster, new(layout, whole.Terms.Weighting, whole.Terms.MaxWeight), FederationJob.DigestOf(initial), whole.Settings);
        Invitation invitation = (Invitation)bench.Parse(bench.StartWithAll()[0].Bytes) with { BaseDigest = job.StartDigest };
        FederationClientSetup setup = bench.ClientSetup(0) with { Job = job, InitialModel = initial, Trainer = new LayerTrainer(1, layout) };

        ClientStep step = await new FederationClient(setup).HandleAsync(bench.FromServer(invitation));
        using var protector = new PasswordProtector("correct horse battery");
        ClientStep withProtector = await new FederationClient(setup with { Protector = protector }).HandleAsync(bench.FromServer(invitation));

        step.Messages.Should().ContainSingle();
        FluentActions.Invoking(() => step.State!.ToArray()).Should().Throw<InvalidOperationException>().WithMessage("*Protector*");
        withProtector.State!.ToArray().Should().NotBeEmpty();
    }

    private static ModelParameters Relabeled(ModelParameters model, ModelLayout layout) => ModelParameters.CreateBuilder(layout)
        .Set<double>("hidden.weight", model.Get<double>("hidden.weight").ToArray())
        .Set<double>("output.bias", model.Get<double>("output.bias").ToArray())
        .Set<long>("steps", model.Get<long>("steps").ToArray())
        .Build();

    private static ServerOptimizer Create(ServerOptimizerKind kind) => kind switch
    {
        ServerOptimizerKind.Momentum => ServerOptimizer.Momentum(0.1),
        ServerOptimizerKind.Adagrad => ServerOptimizer.Adagrad(0.1),
        ServerOptimizerKind.Adam => ServerOptimizer.Adam(0.1),
        _ => ServerOptimizer.Yogi(0.1),
    };

    /// <summary>A trainer that adds its own number to every value.</summary>
    private sealed class LayerTrainer(int number, ModelLayout layout) : ILocalTrainer
    {
        public long SampleCount => 10;

        /// <summary>The first value of the local layer after the latest training.</summary>
        public double Bias { get; private set; }

        public Task<LocalTrainingResult> TrainAsync(
            ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        {
            double[] Moved(string name) => [.. globalModel.Get<double>(name).ToArray().Select(value => value + (0.01 * number))];
            double[] bias = Moved("output.bias");
            Bias = bias[0];
            return Task.FromResult(new LocalTrainingResult(ModelParameters.CreateBuilder(layout)
                .Set<double>("hidden.weight", Moved("hidden.weight"))
                .Set<double>("output.bias", bias)
                .Set<long>("steps", globalModel.Get<long>("steps").ToArray())
                .Build()));
        }
    }
}
