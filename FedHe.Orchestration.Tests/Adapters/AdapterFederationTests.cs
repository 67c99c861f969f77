using FedHe.Crypto;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Inspections;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Adapters;

/// <summary>Jobs of adapters end with the average of the clients' products, and keep the half that a round keeps.</summary>
public sealed class AdapterFederationTests
{
    private const double Step = 1.0 / (1 << 20);

    [Theory]
    [InlineData(AdapterMode.Alternating, "plain", JobProtection.Direct, Weighting.Clear)]
    [InlineData(AdapterMode.Alternating, "ckks", JobProtection.Direct, Weighting.Hidden)]
    [InlineData(AdapterMode.Alternating, "ckks", JobProtection.RoundKeys, Weighting.Clear)]
    [InlineData(AdapterMode.Alternating, "ckks", JobProtection.RoundKeys, Weighting.Hidden)]
    [InlineData(AdapterMode.Alternating, null, JobProtection.RoundKeys, Weighting.Clear)]
    [InlineData(AdapterMode.Alternating, "ckks", JobProtection.RoundKeys, Weighting.Clear, "integers")]
    [InlineData(AdapterMode.Alternating, null, JobProtection.RoundKeys, Weighting.Clear, "integers")]
    [InlineData(AdapterMode.Alternating, "ckks", JobProtection.RoundKeys, Weighting.Clear, "clear")]
    [InlineData(AdapterMode.Alternating, "ckks", JobProtection.Direct, Weighting.Clear, "clear")]
    [InlineData(AdapterMode.FreezeA, "ckks", JobProtection.RoundKeys, Weighting.Clear)]
    [InlineData(AdapterMode.FreezeA, "plain", JobProtection.Direct, Weighting.Clear, "models")]
    [InlineData(AdapterMode.FreezeA, null, JobProtection.RoundKeys, Weighting.Clear, "models")]
    public async Task Federation_OfHalves_AveragesProductsAndKeepsTheOtherHalf(
        AdapterMode mode, string? scheme, JobProtection protection, Weighting weighting, string form = "")
    {
        AdapterTerms adapters = TermsOf(mode) with { InsecureAllowsClearValues = form == "clear" };
        IntegerTerms? integers = form == "integers" ? new IntegerTerms(Step, 1 << 23) : null;
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        AdapterModel.Use([.. trainers.Values.Cast<FakeTrainer>()]);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers) with
        {
            Terms = new AggregationTerms(
                AdapterModel.Layout,
                form == "clear" ? AdapterModel.PartlyClear : EncryptionMask.All(AdapterModel.Layout),
                weighting,
                integers is null ? 100 : 1),
            InitialModel = AdapterModel.Initial,
            Protection = protection,
            Update = new UpdateTerms(form == "models" ? UpdateKind.Model : UpdateKind.Difference, integers, adapters: adapters),
        };
        setup = setup with { Settings = setup.Settings with { Rounds = 4 } };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);

        ModelParameters before = setup.InitialModel;
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            int round = outcome.Report.Round;
            AdapterHalf moving = mode == AdapterMode.FreezeA || round % 2 == 1 ? AdapterHalf.B : AdapterHalf.A;
            AdapterHalf kept = moving == AdapterHalf.A ? AdapterHalf.B : AdapterHalf.A;
            (ModelParameters Model, long Weight)[] results =
            [
                .. trainers.Values.Cast<FakeTrainer>().Select(trainer => trainer.Results.Single(result => result.Task.Round == round))
                    .Select(result => (result.Result.Parameters, integers is null ? Math.Min(result.Result.SampleCount, 100) : 1)),
            ];
            trainers.Values.Cast<FakeTrainer>().Should().AllSatisfy(trainer => trainer.Results[^1].Task.Moving.Should().Be(moving));
            ModelParameters after = outcome.Model!.Parameters;
            AdapterModel.Of(after, kept).Should().Equal(AdapterModel.Of(before, kept), "the half that the round keeps is the same bit for bit");
            AdapterModel.Of(after, moving).Should().NotEqual(AdapterModel.Of(before, moving));
            Compare(
                AdapterModel.Of(after, moving), AdapterModel.Average([.. results.Select(result => (AdapterModel.Of(result.Model, moving), result.Weight))]), outcome.Model.MaxErrorBound);

            // A product has at most two terms, each an error times a value within the bound.
            Compare(
                AdapterModel.Products(after),
                AdapterModel.Average([.. results.Select(result => (AdapterModel.Products(result.Model), result.Weight))]),
                (2 * AdapterModel.Bound * outcome.Model.MaxErrorBound) + 1e-14);
            before = after;
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        federation.Failures.Should().BeEmpty();
        federation.Clients.Should().AllSatisfy(client => AdapterModel.Flat(client.GlobalModel).Should().Equal(AdapterModel.Flat(before), "bit for bit"));
        before.Layout.Digest.Should().Be(AdapterModel.Layout.Digest, "adapters of four clients have the rank of one: nothing is stacked");
    }

    [Fact]
    public async Task Federation_OfNaiveAverages_HasAGapThatTheMeasureFinds()
    {
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(3);
        AdapterModel.Use([.. trainers.Values.Cast<FakeTrainer>()]);
        using HeContext context = Schemes.Create("plain");
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context, trainers) with
        {
            Terms = new AggregationTerms(AdapterModel.Layout, Weighting.Clear, maxWeight: 100),
            InitialModel = AdapterModel.Initial,
            Protection = JobProtection.Direct,
            Update = new UpdateTerms(adapters: AdapterTerms.NaiveAveraging),
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup with { Settings = setup.Settings with { Rounds = 1 } });
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            (ModelParameters Model, long Weight)[] results =
                [.. trainers.Values.Cast<FakeTrainer>().Select(trainer => (trainer.Results[0].Result.Parameters, Math.Min(trainer.SampleCount, 100)))];
            double[] mean = AdapterModel.Average([.. results.Select(result => (AdapterModel.Products(result.Model), result.Weight))]);
            double[] products = AdapterModel.Products(outcome.Model!.Parameters);
            NaiveAdapterAverage gaps = NaiveAdapterAverage.Measure([.. results.Select(result => result.Model)], [.. results.Select(result => result.Weight)]);
            double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
            (Norm(mean[..15].Zip(products[..15], (x, y) => x - y)) / Norm(mean[..15])).Should().BeApproximately(gaps.Gaps["q"], 1e-6, "the oracle has a grid");
            gaps.LargestGap.Should().BeGreaterThan(0.05);
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Theory]
    [InlineData(AdapterMode.FreezeA, 1, "q.lora_A.weight")]
    [InlineData(AdapterMode.Alternating, 1, "q.lora_A.weight")]
    [InlineData(AdapterMode.Alternating, 2, "q.lora_B.weight")]
    public async Task Trainer_ThatMovesTheKeptHalf_IsRefusedAndSendsNothing(AdapterMode mode, int round, string tensor)
    {
        using TestBench bench = await BenchAsync(JobProtection.Direct, mode);
        Func<ModelParameters, TrainingTask, ModelParameters> honest = bench.Trainers[0].Train!;
        bench.Trainers[0].Train = (model, task) => AdapterModel.Train(model, task.Round == round ? task with { Moving = null } : task, target: 0.5);
        FrozenAdapterException? refused = null;
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (refused is null && toClients.TryDequeue(out OutgoingMessage message))
        {
            try
            {
                foreach (ReadOnlyMemory<byte> answer in await bench.ClientOf(message).ReceiveAsync(message.Bytes))
                {
                    bench.Server.Receive(answer).ToList().ForEach(toClients.Enqueue);
                }
            }
            catch (FrozenAdapterException exception)
            {
                refused = exception;
                bench.ClientOf(message).Should().BeSameAs(bench.Clients[0]);
                bench.Clients[0].UnacknowledgedUpload.Should().BeNull("nothing of the round was encrypted");

                // The client goes on where its trainer keeps the terms.
                bench.Trainers[0].Train = honest;
                (await bench.Clients[0].ReceiveAsync(message.Bytes)).Should().ContainSingle();
            }
        }

        refused.Should().NotBeNull();
        (refused!.Tensor, refused.Index).Should().Be((tensor, 0));
        bench.Server.Round.Should().Be(round);
    }

    [Theory]
    [InlineData(JobProtection.Direct, false)]
    [InlineData(JobProtection.RoundKeys, false)]
    [InlineData(JobProtection.Direct, true)]
    [InlineData(JobProtection.RoundKeys, true)]
    public async Task Parties_RestartedAfterEveryMessageOrWithoutAnyState_HaveTheSameModel(JobProtection protection, bool isPartlyClear)
    {
        using var protector = new FastProtector();
        using TestBench bench = await BenchAsync(protection, AdapterMode.Alternating, isPartlyClear, rounds: 3);
        for (int i = 0; i < 4; i++)
        {
            bench.Clients[i] = new FederationClient(bench.ClientSetup(i) with { Protector = protector });
        }

        var restored = new HashSet<int>();
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            int index = bench.Clients.FindIndex(client => client.Client == message.Recipient);
            FederationClient client = bench.Clients[index];
            ClientStep step = await client.HandleAsync(message.Bytes);
            if (index != 0 && step.State is SavedState state)
            {
                bench.Clients[index] = FederationClient.Restore(bench.ClientSetup(index) with { Protector = protector }, state.ToArray(), state.Stamp);
                AdapterModel.Flat(bench.Clients[index].GlobalModel).Should().Equal(AdapterModel.Flat(client.GlobalModel));
            }

            foreach (ReadOnlyMemory<byte> answer in step.Messages)
            {
                bench.Server.Receive(answer).ToList().ForEach(toClients.Enqueue);
            }

            if (index == 2 && step.Messages.Any(answer => bench.Parse(answer) is Upload) && restored.Add(bench.Server.Round))
            {
                // The sums of an open round, of either kind, are in the server's state.
                FederationServer before = bench.Server;
                bench.Server = bench.Restore(bench.SaveState());
                before.Dispose();
                bench.Server.MoveOn().ToList().ForEach(toClients.Enqueue);
            }
        }

        restored.Should().BeEquivalentTo([1, 2, 3]);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        double[] model = AdapterModel.Flat(bench.Clients[0].GlobalModel);
        bench.Clients.Should().AllSatisfy(client => AdapterModel.Flat(client.GlobalModel).Should().Equal(model, "client 0 was never restarted"));
        var late = new FederationClient(bench.ClientSetup(1));
        foreach (OutgoingMessage message in bench.Server.Receive(late.AskForLatest()))
        {
            await late.ReceiveAsync(message.Bytes);
        }

        late.ModelRound.Should().Be(3);
        AdapterModel.Flat(late.GlobalModel).Should().Equal(model, "both halves come from the sums of all rounds");
    }

    [Theory]
    [InlineData(SpoiledTag.Clear)]
    [InlineData(SpoiledTag.Segment)]
    [InlineData(SpoiledTag.Outer)]
    [InlineData(SpoiledTag.Key)]
    public async Task Inspection_OfARoundOfTheOtherKind_NamesTheClientThatSpoiledIt(SpoiledTag tag)
    {
        using Courier courier = await Courier.CreateAsync(OptionsOf(JobProtection.RoundKeys, AdapterMode.Alternating, isPartlyClear: true));
        AdapterModel.Use(courier.Bench.Trainers);
        ClientId bad = courier.Bench.Identities[3].Client;
        var spoiler = new Spoiler(courier.Protocol.In(2), courier.Bench.Identities[3], tag);
        courier.FromClient = (message, bytes) => message is Upload { Slot.Round: 2 } or Showing && ((ClientMessage)message).Client == bad ? spoiler.Pass(bytes, message) : bytes;

        await courier.RunAsync();

        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        courier.Bench.Server.ExcludedClients.Keys.Should().Equal(bad);
    }

    [Fact]
    public async Task Committee_WithAnObserver_OpensBothKindsOfRounds()
    {
        using var key = Crypto.Sharing.BoxKeyPair.Generate(Crypto.Sharing.KeyExchange.P256);
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions
        {
            Clients = 4,
            Rounds = 3,
            Model = AdapterModel.Initial,
            Mask = AdapterModel.PartlyClear,
            Observer = key,
            AllowsInsecure = true,
            Update = new UpdateTerms(UpdateKind.Difference, adapters: AdapterTerms.Alternating with { InsecureAllowsClearValues = true }),
        });
        AdapterModel.Use(bench.Trainers);
        var observer = new Orchestration.Committee.ModelObserver(bench.Job, key);
        ModelParameters read = bench.InitialModel;
        int rounds = 0;
        bench.Network = (message, client, bytes) =>
        {
            if (message is AggregateMessage { Round: int round } && round == rounds + 1)
            {
                observer.TryRead(bytes, read, out MLBridge.Averaging.AveragedModel? average).Should().BeNull();
                (read, rounds) = (average!.Parameters, round);
            }

            if (message is Upload { Slot.Round: > 1 } && client == bench.Name(2))
            {
                bench.RestartClient(2);
            }

            return bytes;
        };

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        rounds.Should().Be(3);
        bench.Clients.Should().AllSatisfy(client => AdapterModel.Flat(client.GlobalModel).Should().Equal(AdapterModel.Flat(read)));
    }

    internal static AdapterTerms TermsOf(AdapterMode mode) => mode switch
    {
        AdapterMode.FreezeA => AdapterTerms.FreezeA,
        AdapterMode.Alternating => AdapterTerms.Alternating,
        _ => AdapterTerms.NaiveAveraging,
    };

    internal static async Task<TestBench> BenchAsync(JobProtection protection, AdapterMode mode, bool isPartlyClear = false, int rounds = 2)
    {
        TestBench bench = await TestBench.CreateAsync(OptionsOf(protection, mode, isPartlyClear) with { Rounds = rounds });
        AdapterModel.Use(bench.Trainers);
        return bench;
    }

    internal static BenchOptions OptionsOf(JobProtection protection, AdapterMode mode, bool isPartlyClear) => new()
    {
        Scheme = protection == JobProtection.Direct ? "plain" : "ckks",
        Protection = protection,
        Rounds = 2,
        Model = AdapterModel.Initial,
        Mask = isPartlyClear ? AdapterModel.PartlyClear : null,
        Update = new UpdateTerms(UpdateKind.Difference, adapters: TermsOf(mode) with { InsecureAllowsClearValues = isPartlyClear }),
    };

    private static void Compare(double[] actual, double[] expected, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            actual[i].Should().BeApproximately(expected[i], tolerance);
        }
    }
}
