using System.Buffers;
using System.Reflection;
using FedHe.Crypto;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Jobs with sparsification terms move models by what travels, and clients keep exactly the rest.</summary>
public sealed class SqueezeFederationTests
{
    private const int Values = 24;
    private const int Travelling = 8;

    private static UpdateTerms Update { get; } = new(UpdateKind.Difference, squeeze: new SparsificationTerms(Travelling, 3, warmUpRounds: 1));

    [Theory]
    [InlineData("plain", JobProtection.Direct, Weighting.Clear)]
    [InlineData("ckks", JobProtection.Direct, Weighting.Hidden)]
    [InlineData("ckks", JobProtection.RoundKeys, Weighting.Clear)]
    [InlineData("paillier", JobProtection.RoundKeys, Weighting.Hidden)]
    [InlineData(null, JobProtection.RoundKeys, Weighting.Clear)]
    public async Task Federation_OfSqueezedDifferences_MovesByTheSumsOfDifferencesAndResiduals(string? scheme, JobProtection protection, Weighting weighting)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers, weighting) with { Protection = protection, Update = Update };
        setup = setup with { Settings = setup.Settings with { Rounds = 7 } };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);

        double[] before = TestModel.Flat(setup.InitialModel);
        FakeTrainer[] all = [.. trainers.Values.Cast<FakeTrainer>()];
        double[][] residuals = [.. all.Select(_ => new double[Values])];
        double[] weights = [.. all.Select(trainer => (double)Math.Min(100, trainer.SampleCount))];
        var everTravelled = new HashSet<int>();
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            outcome.Report.Contributions.Should().HaveCount(4);
            double[] after = TestModel.Flat(outcome.Model!.Parameters);
            int[] travelled = [.. Enumerable.Range(0, Values).Where(i => after[i] != before[i])];
            travelled.Should().HaveCount(Travelling, "no average of these trainers is zero");
            everTravelled.UnionWith(travelled);
            for (int c = 0; c < all.Length; c++)
            {
                double[] trained = TestModel.Flat(all[c].Results.Single(result => result.Task.Round == outcome.Report.Round).Result.Parameters);
                double[] kept = residuals[c];
                double[] start = [.. before.Select((value, i) => Math.Clamp(value + kept[i], -TestModel.Bound, TestModel.Bound))];
                residuals[c] = [.. kept.Select((value, i) => value + trained[i] - start[i])];
            }

            foreach (int i in travelled)
            {
                // What exceeds the bound waits on.
                double[] sent = [.. residuals.Select(residual => Math.Clamp(residual[i], -TestModel.Bound, TestModel.Bound))];
                double average = sent.Select((value, c) => weights[c] * value).Sum() / weights.Sum();

                // Residuals are in single precision.
                after[i].Should().BeApproximately(before[i] + average, outcome.Model.MaxErrorBound + 1e-6);
                for (int c = 0; c < all.Length; c++)
                {
                    residuals[c][i] -= sent[c];
                }
            }

            before = after;
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        federation.Failures.Should().BeEmpty();
        everTravelled.Should().HaveCount(Values, "eight warm up, and three that have waited longest travel in each of six rounds");
        federation.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(before, "bit for bit"));
        federation.Clients.Select(client => KeeperOf(client).Pass.PositionsDigest).Distinct().Should().ContainSingle();
        for (int c = 0; c < all.Length; c++)
        {
            FederationClient client = federation.Clients.Single(client => client.Client == trainers.Keys.ElementAt(c));
            ShouldBe(client, residuals[c]);
        }
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Client_ResumedAfterEveryMessageOrWithoutAnyState_GoesOnAlike(JobProtection protection)
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = "plain", Rounds = 5, Update = Update, Protection = protection, Protector = protector });
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            int index = bench.Clients.FindIndex(client => client.Client == message.Recipient);
            FederationClient client = bench.Clients[index];
            ClientStep step = await client.HandleAsync(message.Bytes);
            if (index != 0 && step.State is SavedState state)
            {
                bench.Clients[index] = FederationClient.Restore(bench.ClientSetup(index), state.ToArray(), state.Stamp);
                TestModel.Flat(bench.Clients[index].GlobalModel).Should().Equal(TestModel.Flat(client.GlobalModel));
                (SqueezeKeeper resumed, SqueezeKeeper before) = (KeeperOf(bench.Clients[index]), KeeperOf(client));
                resumed.Residual.Values.ToArray().Should().Equal(before.Residual.Values.ToArray());
                resumed.Pass.PositionsDigest.Should().Be(before.Pass.PositionsDigest);
            }

            foreach (ReadOnlyMemory<byte> answer in step.Messages)
            {
                bench.Server.Receive(answer).ToList().ForEach(toClients.Enqueue);
            }
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        double[] model = TestModel.Flat(bench.Clients[0].GlobalModel);
        bench.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(model, "client 0 was never restarted"));

        // A client without a state opens the sum of every round again, and has the positions of the next one.
        var late = new FederationClient(bench.ClientSetup(1));
        foreach (OutgoingMessage message in bench.Server.Receive(late.AskForLatest()))
        {
            foreach (ReadOnlyMemory<byte> answer in (await late.HandleAsync(message.Bytes)).Messages)
            {
                foreach (OutgoingMessage next in bench.Server.Receive(answer))
                {
                    await late.HandleAsync(next.Bytes);
                }
            }
        }

        late.ModelRound.Should().Be(5);
        TestModel.Flat(late.GlobalModel).Should().Equal(model);
        KeeperOf(late).Pass.PositionsDigest.Should().Be(KeeperOf(bench.Clients[0]).Pass.PositionsDigest);
    }

    [Fact]
    public async Task Client_WhoseUploadIsInNoSum_KeepsEverythingAndContributesItLater()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 2, Update = Update, Protection = JobProtection.RoundKeys });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        ClientId lost = bench.Clients[3].Client;
        List<OutgoingMessage> closing = [.. uploads.Where(upload => upload.Key != lost).SelectMany(upload => bench.Server.Receive(upload.Value))];
        bench.Time.Pass(TestBench.Deadline);
        closing.AddRange(bench.Server.MoveOn());
        double[] before = TestModel.Flat(bench.InitialModel);
        await bench.DeliverAsync(closing, MessageKind.Aggregate);

        bench.Clients.Should().AllSatisfy(client => client.ModelRound.Should().Be(1));
        double[] model = TestModel.Flat(bench.Clients[0].GlobalModel);
        for (int c = 0; c < 4; c++)
        {
            double[] difference = [.. TestModel.Flat(bench.Trainers[c].Results[0].Result.Parameters).Zip(before, (after, start) => after - start)];
            ShouldBe(bench.Clients[c], [.. difference.Select((value, i) => c < 3 && model[i] != before[i] ? 0 : value)]);
        }
    }

    [Theory]
    [InlineData(RefusalReason.None, true)]
    [InlineData(RefusalReason.WrongAttempt, false)]
    [InlineData(RefusalReason.OverCapacity, false)]
    [InlineData(RefusalReason.TooLate, true)]
    [InlineData(RefusalReason.Superseded, true)]
    [InlineData(RefusalReason.NotRunning, true)]
    [InlineData(RefusalReason.WrongRound, true)]
    public async Task Client_WithoutAListOfContributors_CountsItsUploadUnlessItKnowsBetter(RefusalReason answer, bool counts)
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 2, Update = Update, Protector = protector });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        List<OutgoingMessage> closing = [.. uploads.SelectMany(upload => bench.Server.Receive(upload.Value))];
        FederationClient client = bench.Clients[0];
        ClientStep step = await client.HandleAsync(bench.FromServer(new Acknowledgement(bench.JobId, bench.DigestOf(uploads[client.Client]), answer)));
        bench.Clients[0] = client = FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray(), step.State.Stamp);
        await bench.DeliverAsync(closing, MessageKind.Aggregate);

        double[] before = TestModel.Flat(bench.InitialModel);
        double[] model = TestModel.Flat(client.GlobalModel);
        double[] difference = [.. TestModel.Flat(bench.Trainers[0].Results[0].Result.Parameters).Zip(before, (after, start) => after - start)];
        ShouldBe(client, [.. difference.Select((value, i) => counts && model[i] != before[i] ? 0 : value)]);
    }

    [Fact]
    public async Task Client_InvitedToAnotherAttempt_ContributesOnce()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 2, Update = Update });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> first = await bench.TrainAsync(bench.StartWithAll());
        var reader = new UpdateReader(bench.Authority.PublicContext, bench.Job.UploadTerms);
        using var aggregator = new UpdateAggregator(bench.Authority.PublicContext, bench.Job.UploadTerms);
        for (int c = 0; c < 4; c++)
        {
            var invitation = new Invitation(bench.Slot(c, attempt: 2), bench.Job.StartDigest, 1);
            ReadOnlyMemory<byte> upload = (await bench.Clients[c].ReceiveAsync(bench.FromServer(invitation))).Single();
            first.ContainsKey(bench.Clients[c].Client).Should().BeTrue();
            bench.Trainers[c].Results.Should().ContainSingle("a result is encrypted again");
            KeeperOf(bench.Clients[c]).Residual.Values.ToArray().Should().OnlyContain(value => value == 0, "nothing counts before a sum");
            using EncryptedModelUpdate update = reader.Read(((Upload)bench.Parse(upload)).Update);
            aggregator.FoldIn(update);
        }

        using EncryptedAggregate aggregate = aggregator.Complete();
        var bytes = new ArrayBufferWriter<byte>();
        aggregate.WriteTo(bytes);
        byte[] message = bench.FromServer(new AggregateMessage(bench.JobId, 1, bytes.WrittenMemory));
        foreach (FederationClient client in bench.Clients)
        {
            await client.ReceiveAsync(message);
            await client.ReceiveAsync(message);
        }

        ShouldHaveContributed(bench, training: 0);
    }

    [Fact]
    public async Task Refusal_OfAnUpload_HoldsUntilThereIsAnother()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 2, Update = Update });
        FederationClient client = bench.Clients[0];
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        await client.HandleAsync(bench.FromServer(new Acknowledgement(bench.JobId, bench.DigestOf(uploads[client.Client]), RefusalReason.OverCapacity)));
        SqueezeKeeper keeper = KeeperOf(client);
        var invitation = new Invitation(bench.Slot(0, attempt: 2), bench.Job.StartDigest, 1);

        // As where encrypting fails afterwards.
        keeper.Squeeze(new TrainedResult(invitation, bench.Trainers[0].Results[0].Result.Parameters), bench.InitialModel).Dispose();
        keeper.IsRefused.Should().BeTrue();

        (await client.ReceiveAsync(bench.FromServer(invitation))).Should().ContainSingle();
        keeper.IsRefused.Should().BeFalse();
    }

    [Fact]
    public async Task Residual_OfARoundThatIsRepeated_TravelsOnce()
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = "plain", Rounds = 2, Update = Update, Protection = JobProtection.RoundKeys, Protector = protector });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        List<OutgoingMessage> next = await OpenAsync(bench, uploads.Values);
        ModelParameters start = bench.Clients[0].GlobalModel;
        double[] before = TestModel.Flat(start);
        float[][] kept = [.. bench.Clients.Select(client => KeeperOf(client).Residual.Values.ToArray())];
        kept.Should().AllSatisfy(residual => residual.Should().Contain(value => value != 0));

        // One client spoils the marks of the second round's sum, which all others have opened when they object.
        SqueezePass right = KeeperOf(bench.Clients[3]).Pass;
        KeeperOf(bench.Clients[3]).Follow(SqueezePass.TryCreate(
            Update.Squeeze!, TestModel.Layout, bench.Job.Digest, 1, new float[Values], [.. Enumerable.Range(0, Values).Select(i => i % 2)])!);
        next = await OpenAsync(bench, (await bench.TrainAsync(next)).Values);
        KeeperOf(bench.Clients[3]).Follow(right);
        uploads = await bench.TrainAsync(next);
        (bench.Server.Round, bench.Server.Attempt).Should().Be((2, 2));
        var state = new ArrayBufferWriter<byte>();
        bench.Clients[1].SaveState(state);
        bench.Clients[1] = FederationClient.Restore(bench.ClientSetup(1), state.WrittenMemory);
        await OpenAsync(bench, uploads.Values);

        double[] model = TestModel.Flat(bench.Clients[0].GlobalModel);
        for (int c = 0; c < 4; c++)
        {
            bench.Clients[c].ModelRound.Should().Be(2);
            (TrainingTask task, TrainedModel result) = bench.Trainers[c].Results[2];
            double[] trained = TestModel.Flat(result.Parameters);
            trained.Should().Equal(
                TestModel.Flat((await new FakeTrainer(0.2 * c, result.SampleCount).TrainAsync(start, task, null, default)).Parameters), "it began without the residual");
            ShouldBe(bench.Clients[c], [.. trained.Select((value, i) => kept[c][i] + (model[i] != before[i] ? 0 : value - before[i]))]);
        }
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Sum_WithAClientOfOtherPositions_IsRefusedByName(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 2, Update = Update, Protection = protection });
        SqueezeKeeper keeper = KeeperOf(bench.Clients[3]);
        int[] latest = [.. Enumerable.Range(0, Values).Select(i => i % 2)];
        keeper.Follow(SqueezePass.TryCreate(Update.Squeeze!, TestModel.Layout, bench.Job.Digest, 1, new float[Values], latest)!);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        OutgoingMessage[] sums = [.. uploads.Values.SelectMany(upload => bench.Server.Receive(upload)).Where(message => message.Kind == MessageKind.Aggregate)];

        sums.Should().HaveCount(4);
        var objections = new List<ReadOnlyMemory<byte>>();
        foreach (OutgoingMessage sum in sums)
        {
            ClientStep step = await bench.ClientOf(sum).HandleAsync(sum.Bytes);
            step.Ignored.Should().Be(IgnoredReason.OtherPositions);
            bench.ClientOf(sum).ModelRound.Should().Be(0);
            step.Messages.Select(message => bench.Parse(message).Kind).Should().Equal(
                protection == JobProtection.RoundKeys ? [MessageKind.Objection] : []);
            objections.AddRange(step.Messages);
        }

        if (protection == JobProtection.Direct)
        {
            return;
        }

        // The server repeats the round. With the right positions at every client it has a sum, of trainings of its own.
        keeper.Follow(KeeperOf(bench.Clients[0]).Pass);
        List<OutgoingMessage> again = [.. objections.SelectMany(objection => bench.Server.Receive(objection))];
        again.AddRange(bench.Server.MoveOn());
        uploads = await bench.TrainAsync(again);
        bench.Server.Attempt.Should().Be(2);
        await bench.DeliverAsync([.. uploads.Values.SelectMany(upload => bench.Server.Receive(upload))], MessageKind.Aggregate);
        ShouldHaveContributed(bench, training: 1);
    }

    [Fact]
    public async Task Upload_OfASqueezedDifference_IsAsLongAsThePlanSays()
    {
        using TestBench whole = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Update = new UpdateTerms(UpdateKind.Difference), Protection = JobProtection.RoundKeys });
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Update = Update, Protection = JobProtection.RoundKeys });
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());

        bench.Job.UploadTerms.VectorLength.Should().Be(Travelling + SqueezedUpdates.MarkCount);
        bench.Clients[0].Plan.Aggregation.Terms.Should().Be(bench.Job.UploadTerms);
        uploads.Values.Should().AllSatisfy(upload => ((long)upload.Length).Should().BeInRange(
            bench.Clients[0].Plan.Aggregation.UploadBytes, bench.Clients[0].Plan.LargestUploadBytes));
        bench.Clients[0].Plan.Remarks.Should().Contain(remark => remark.Contains("8 values travel", StringComparison.Ordinal));
        whole.Clients[0].Plan.Remarks.Should().NotContain(remark => remark.Contains("travel:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_WithoutAProtector_HasNoSavedState()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Update = Update });
        ClientStep step = await bench.Clients[0].HandleAsync(bench.StartWithAll()[0].Bytes);
        FluentActions.Invoking(() => step.State!.ToArray()).Should().Throw<InvalidOperationException>().WithMessage("*Protector*");
    }

    /// <summary>Delivers uploads to the server, its sums to the clients and their answers to the server, and returns what it sends then.</summary>
    private static async Task<List<OutgoingMessage>> OpenAsync(TestBench bench, IEnumerable<ReadOnlyMemory<byte>> uploads)
    {
        List<OutgoingMessage> sent = [.. uploads.SelectMany(upload => bench.Server.Receive(upload))];
        foreach (OutgoingMessage sum in sent.Where(message => message.Kind == MessageKind.Aggregate).ToArray())
        {
            foreach (ReadOnlyMemory<byte> answer in (await bench.ClientOf(sum).HandleAsync(sum.Bytes)).Messages)
            {
                sent.AddRange(bench.Server.Receive(answer));
            }
        }

        return [.. sent, .. bench.Server.MoveOn()];
    }

    /// <summary>Compares the residuals of all clients with the differences of their trainings, where the model moved without them.</summary>
    private static void ShouldHaveContributed(TestBench bench, int training)
    {
        double[] before = TestModel.Flat(bench.InitialModel);
        double[] model = TestModel.Flat(bench.Clients[0].GlobalModel);
        model.Should().NotEqual(before);
        for (int c = 0; c < bench.Clients.Count; c++)
        {
            bench.Clients[c].ModelRound.Should().Be(1);
            double[] difference = [.. TestModel.Flat(bench.Trainers[c].Results[training].Result.Parameters).Zip(before, (after, start) => after - start)];
            ShouldBe(bench.Clients[c], [.. difference.Select((value, i) => model[i] != before[i] ? 0 : value)]);
        }
    }

    /// <summary>Compares a residual, which is in single precision.</summary>
    private static void ShouldBe(FederationClient client, double[] expected)
    {
        float[] actual = KeeperOf(client).Residual.Values.ToArray();
        for (int i = 0; i < Values; i++)
        {
            ((double)actual[i]).Should().BeApproximately(expected[i], 1e-6, $"position {i} of {client.Client}");
        }
    }

    private static SqueezeKeeper KeeperOf(FederationClient client) => ((ClientState)typeof(FederationClient)
        .GetField("_state", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(client)!).Squeeze!;
}
