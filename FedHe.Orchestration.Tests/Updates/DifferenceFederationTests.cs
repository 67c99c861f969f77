using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Jobs whose clients encrypt differences end with the models that plaintext averaging gives.</summary>
public sealed class DifferenceFederationTests
{
    [Theory]
    [InlineData("plain", JobProtection.Direct, Weighting.Clear)]
    [InlineData("ckks", JobProtection.Direct, Weighting.Clear)]
    [InlineData("ckks", JobProtection.Direct, Weighting.Hidden)]
    [InlineData("ckks", JobProtection.RoundKeys, Weighting.Clear)]
    [InlineData("ckks", JobProtection.RoundKeys, Weighting.Hidden)]
    [InlineData(null, JobProtection.RoundKeys, Weighting.Clear)]
    public async Task Federation_OfDifferences_GivesTheWeightedAverageWithinThePromisedBound(string? scheme, JobProtection protection, Weighting weighting)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers, weighting) with
        {
            Protection = protection,
            Update = new UpdateTerms(UpdateKind.Difference),
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);

        ModelParameters before = setup.InitialModel;
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            IEnumerable<TrainedModel> results = trainers.Values.Cast<FakeTrainer>().Select(
                trainer => trainer.Results.Single(result => result.Task.Round == outcome.Report.Round).Result);
            double[] expected = TestModel.Average(results, maxWeight: 100);
            double[] actual = TestModel.Flat(outcome.Model!.Parameters);
            actual.Should().NotEqual(TestModel.Flat(before));
            for (int i = 0; i < expected.Length; i++)
            {
                actual[i].Should().BeApproximately(expected[i], outcome.Model.MaxErrorBound);
            }

            before = outcome.Model.Parameters;
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        federation.Failures.Should().BeEmpty();
        federation.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(before), "bit for bit"));
    }

    [Fact]
    public async Task Upload_OfADifference_HoldsTheDifferenceAndNotTheModel()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Update = new UpdateTerms(UpdateKind.Difference), Rounds = 1 });
        ReadOnlyMemory<byte> upload = (await bench.TrainAsync(bench.StartWithAll())).Values.First();
        using EncryptedModelUpdate update = new UpdateReader(bench.Authority.PublicContext, bench.Terms).Read(((Upload)bench.Parse(upload)).Update);
        var values = new double[TestModel.Layout.ParameterCount];
        update.UseSegment(0, vector => bench.Keys[0].CreateDecryptor().Decrypt(vector, values));

        double[] trained = TestModel.Flat(bench.Trainers[0].Results[0].Result.Parameters);
        double[] before = TestModel.Flat(bench.InitialModel);

        double[] expected = [.. trained.Zip(before, (after, start) => (after - start) / TestModel.Bound)];
        for (int i = 0; i < expected.Length; i++)
        {
            values[i].Should().BeApproximately(expected[i], 1e-9, "the oracle has a grid");
        }
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Client_ThatLostItsModel_GetsTheSumOfEveryRoundFromARestartedServerToo(JobProtection protection)
    {
        using TestBench bench = await RunAsync(protection, rounds: 4);
        using FederationServer resumed = bench.Restore(bench.SaveState());
        resumed.MoveOn();
        var late = new FederationClient(bench.ClientSetup(1));

        await CatchUpAsync(resumed, late);

        (late.ModelRound, late.Outcome).Should().Be((4, FederationOutcome.Completed));
        TestModel.Flat(late.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel));
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Client_GivenALaterSumThanTheNext_DoesNotAddItToItsOldModel(JobProtection protection)
    {
        using TestBench bench = await RunAsync(protection, rounds: 2);
        var late = new FederationClient(bench.ClientSetup(1));
        var answers = bench.Server.Receive(late.AskForLatest()).Where(message => message.Kind == MessageKind.Aggregate).ToList();

        await late.ReceiveAsync(answers[1].Bytes);

        answers.Should().HaveCount(2);
        late.LastIgnored.Should().Be(IgnoredReason.NotRequested);
        late.ModelRound.Should().Be(0);
        await late.ReceiveAsync(answers[0].Bytes);
        await late.ReceiveAsync(answers[1].Bytes);
        late.ModelRound.Should().Be(2);
    }

    [Fact]
    public async Task Client_WithoutAProtector_HasNoSavedState()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Update = new UpdateTerms(UpdateKind.Difference) });
        ClientStep step = await bench.Clients[0].HandleAsync(bench.StartWithAll()[0].Bytes);

        Action save = () => step.State!.ToArray();

        save.Should().Throw<InvalidOperationException>().WithMessage("*Protector*");
    }

    [Fact]
    public async Task Client_OfACommitteeThatWasAway_OpensTheSumOfEveryRound()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 5, Quorum = 4, Rounds = 3, Update = new UpdateTerms(UpdateKind.Difference) });
        await bench.StartAsync(absent: 4);
        await bench.RunToEndAsync();
        bench.Clients[4].ModelRound.Should().Be(0);

        bench.RestartServer();
        bench.RestartClient(4);
        await bench.PumpAsync();

        bench.Clients.Should().AllSatisfy(client => (client.ModelRound, client.Outcome).Should().Be((3, FederationOutcome.Completed)));
        bench.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel)));
    }

    [Fact]
    public async Task Committee_WhoseClientsRestartAfterEveryRound_GoesOnFromTheSameModels()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 4, Rounds = 3, Update = new UpdateTerms(UpdateKind.Difference) });
        bench.Network = (message, client, bytes) =>
        {
            if (message is Upload upload && upload.Slot.Round > 1 && upload.Client == bench.Name(2))
            {
                double[] model = TestModel.Flat(bench.Clients[2].GlobalModel);
                bench.RestartClient(2);
                TestModel.Flat(bench.Clients[2].GlobalModel).Should().Equal(model);
            }

            return bytes;
        };

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(3);
    }

    [Fact]
    public async Task Epoch_OfAJobOfDifferences_IsRefusedByName()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 5, Reserve = 1, Update = new UpdateTerms(UpdateKind.Difference) });
        await bench.StartAsync();

        Action plan = () => bench.PlanEpoch([0, 1, 2, 3, 4, 5]);

        plan.Should().Throw<EpochRefusedException>().Which.Error.Should().Be(EpochError.OfDifferences);
    }

    [Fact]
    public async Task Sum_ThatIsTakenBack_IsSentToNobody()
    {
        ReadOnlyMemory<byte> second = default;
        using TestBench bench = await RunAsync(JobProtection.RoundKeys, rounds: 3, message =>
        {
            bool isSecond = message is AggregateMessage { Round: 2 };
            second = isSecond ? ((AggregateMessage)message).Aggregate : second;
            return !isSecond;
        });
        RoundsFor(bench, bench.Server).Should().Equal(1, 2);
        foreach (ClientIdentity identity in bench.Identities.Take(3))
        {
            var objection = new Objection(bench.JobId, identity.Client, 2, VerifiableAggregate.TryRead(second)!.List.Chain);
            bench.Server.Receive(MessageFormat.WriteSigned(objection, bench.Context.ParametersId, identity));
        }

        (bench.Server.Round, bench.Server.Attempt).Should().Be((2, 2));
        RoundsFor(bench, bench.Server).Should().Equal(1);
        using FederationServer resumed = bench.Restore(bench.SaveState());
        RoundsFor(bench, resumed).Should().Equal(1);
    }

    private static IEnumerable<int> RoundsFor(TestBench bench, FederationServer server)
        => server.Receive(new FederationClient(bench.ClientSetup(3)).AskForLatest())
            .Where(message => message.Kind == MessageKind.Aggregate)
            .Select(message => ((AggregateMessage)bench.Parse(message.Bytes)).Round);

    private static async Task<TestBench> RunAsync(JobProtection protection, int rounds, Func<FederationMessage, bool>? arrives = null)
    {
        TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Protection = protection, Rounds = rounds, Update = new UpdateTerms(UpdateKind.Difference) });
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            if (arrives?.Invoke(bench.Parse(message.Bytes)) == false)
            {
                continue;
            }

            foreach (ReadOnlyMemory<byte> answer in await bench.ClientOf(message).ReceiveAsync(message.Bytes))
            {
                bench.Server.Receive(answer).ToList().ForEach(toClients.Enqueue);
            }
        }

        return bench;
    }

    private static async Task CatchUpAsync(FederationServer server, FederationClient client)
    {
        var toClient = new Queue<OutgoingMessage>(server.Receive(client.Announce()));
        while (toClient.TryDequeue(out OutgoingMessage message))
        {
            if (message.Recipient == client.Client)
            {
                foreach (ReadOnlyMemory<byte> answer in await client.ReceiveAsync(message.Bytes))
                {
                    server.Receive(answer).ToList().ForEach(toClient.Enqueue);
                }
            }
        }
    }
}
