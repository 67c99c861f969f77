using System.Buffers;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>In a job of noised counts a client weighs as much as it has records, with noise that is drawn once, saved before it is told, and charged.</summary>
public sealed class NoisedCountTests : IDisposable
{
    private const long LargestWeight = 30;

    private static readonly PrivacyCharge OneCount = new(Round: 0, Contributors: 1, Count: 1);

    private readonly FastProtector _protector = new();

    public void Dispose() => _protector.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(0.99)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1.1e12)]
    public void Terms_OfAnImpossibleVariance_AreRefusedByName(double variance)
    {
        Action create = () => _ = new NoisedCountTerms(variance);

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NoisedCountOutOfRange);
    }

    [Fact]
    public void Terms_ThatAreNotForLocalTraining_AreRefusedByName()
    {
        Action gradients = () => _ = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, RecordTermsTests.Gradients() with { NoisedCount = new NoisedCountTerms(100) });
        Action clients = () => _ = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTermsTests.Terms() with { NoisedCount = new NoisedCountTerms(100) });

        gradients.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NoisedCountNotLocal);
        clients.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NoisedCountNotLocal);
    }

    [Theory]
    [InlineData(Weighting.Clear, 1)]
    [InlineData(Weighting.Hidden, LargestWeight)]
    public async Task Job_ThatHasNoUseForCounts_IsRefusedByName(Weighting weighting, long largest)
    {
        Func<Task> create = () => TestBench.CreateAsync(Options() with { Weighting = weighting, MaxWeight = largest });

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.NoisedCountNotWeight);
    }

    [Fact]
    public async Task Client_OfAProviderThatNoisesNoCounts_RefusesToJoinByName()
    {
        using TestBench bench = await TestBench.CreateAsync(Options());
        Action join = () => _ = new FederationClient(bench.ClientSetup(0) with { Privacy = new WithoutCounts() });

        join.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.OtherForm);
    }

    [Fact]
    public async Task Job_WhoseCountAndFirstTrainingExceedTheBudget_IsRefusedByName()
    {
        Func<Task> create = () => TestBench.CreateAsync(Options(epsilon: 1.9));

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.BudgetTooSmall, "a count costs 1 here, and a training 1");
    }

    [Theory]
    [InlineData(JobProtection.RoundKeys)]
    [InlineData(JobProtection.Direct)]
    public async Task Federation_WeighsModelsByNoisedCountsAndTellsNoOthers(JobProtection protection)
    {
        using FedHe.Crypto.HeContext context = Schemes.Create("plain");
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        var privacy = new FakePrivacy();
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context, trainers) with
        {
            Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, LargestWeight),
            Settings = new FederationSettings { Rounds = 1, ClientsPerRound = 4, Quorum = 4, MinimumContributors = 4 },
            Protection = protection,
            Update = Options().Update,
            Privacy = privacy,
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        RoundResult? first = null;
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            first ??= outcome;
        }

        // Counts are bounded before noise, and weights after it.
        privacy.Counts.Select(count => count.Count).Should().BeEquivalentTo(trainers.Values.Select(trainer => Math.Min(LargestWeight, trainer.SampleCount)));
        long[] weights = [.. privacy.Counts.Select(count => Math.Min(LargestWeight, count.Noised))];
        first!.Report.Contributions.Select(contribution => contribution.Weight!.Value).Should().BeEquivalentTo(weights);
        trainers.Values.Select(trainer => ((FakeTrainer)trainer).Results.Single().Task.NoisedCount!.Value).Should().BeEquivalentTo(weights);
        Dictionary<ClientId, long> weightOf = first.Report.Contributions.ToDictionary(contribution => contribution.Client, contribution => contribution.Weight!.Value);
        double[] expected = [.. Enumerable.Range(0, TestModel.Layout.ToArrayLength()).Select(i => trainers.Sum(pair => weightOf[pair.Key] * ValueOf(pair.Value, i)) / weights.Sum())];
        TestModel.Flat(first.Model!.Parameters).Should().Equal(expected, (actual, wanted) => Math.Abs(actual - wanted) <= first.Model.MaxErrorBound + 1e-6);
    }

    /// <summary>The attack: a client that is started twice tells two counts of the same records, whose mean has half of the variance that is charged.</summary>
    [Fact]
    public async Task Announcement_OfACountThatIsInNoSavedState_IsRefusedByName()
    {
        using TestBench bench = await TestBench.CreateAsync(Options() with { Protector = _protector });
        Action announce = () => bench.Clients[0].Announce();

        Func<Task> handle = () => bench.Clients[0].HandleAsync(new byte[64]);

        announce.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NoisedCountNotSaved);
        (await handle.Should().ThrowAsync<PrivacyRefusedException>("a server may invite a client that did not announce itself")).Which.Error.Should().Be(PrivacyRefusal.NoisedCountNotSaved);
        _ = StateOf(bench.Clients[0]);
        announce.Should().NotThrow();
    }

    [Fact]
    public async Task Client_StartedAgainFromItsState_TellsTheSameCountAndDrawsNoOther()
    {
        var privacy = new FakePrivacy();
        using TestBench bench = await TestBench.CreateAsync(Options(privacy: privacy) with { Protector = _protector });
        byte[] state = StateOf(bench.Clients[0]);
        long told = WeightIn(bench.Clients[0].Announce(), bench);
        int drawn = privacy.Counts.Count;

        FederationClient resumed = FederationClient.Restore(bench.ClientSetup(0), state);

        WeightIn(resumed.Announce(), bench).Should().Be(told).And.Be(privacy.Counts[0].Noised);
        privacy.Counts.Should().HaveCount(drawn);
    }

    [Fact]
    public async Task Count_IsChargedOnceFromTheBeginningAndBesideEachTraining()
    {
        using TestBench bench = await TestBench.CreateAsync(Options() with { Protector = _protector });
        FederationClient client = bench.Clients[0];
        client.Privacy!.Charges.Should().Equal(OneCount);
        client.Privacy.Epsilon.Should().Be(1);
        bench.Clients.ForEach(one => _ = StateOf(one));

        ClientStep step = await client.HandleAsync(bench.FromServer(PrivacyFederationTests.InvitationOf(bench)));

        client.Privacy.Charges.Should().Equal(OneCount, new PrivacyCharge(1, 1, 1));
        FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray()).Privacy!.Charges.Should().Equal(OneCount, new PrivacyCharge(1, 1, 1));
    }

    /// <summary>Somebody deletes the state: the client draws another count, and pays for the one that it may have told before.</summary>
    [Fact]
    public async Task Client_ThatBeginsLateWithoutItsState_IsChargedForACountOfAnEarlierLife()
    {
        using TestBench bench = await TestBench.CreateAsync(Options() with { Protector = _protector });
        bench.Clients.ForEach(client => _ = StateOf(client));
        await PlayAsync(bench, bench.StartWithAll(), bench.ClientOf);

        var forgetful = new FederationClient(bench.ClientSetup(0));
        _ = StateOf(forgetful);
        await PlayAsync(bench, bench.Server.Receive(forgetful.Announce()), _ => forgetful);

        forgetful.ModelRound.Should().Be(3);
        forgetful.Privacy!.Charges.Should().Equal(OneCount with { Count = 2 }, new PrivacyCharge(1, 1, 1), new PrivacyCharge(2, 1, 1), new PrivacyCharge(3, 1, 1));
    }

    /// <summary>The server lies: it sends old sums to a client without its state as if each were the newest one.</summary>
    [Fact]
    public async Task Client_WithoutItsStateThatIsSentOneSumAfterAnother_IsChargedForTheCountOfAnEarlierLife()
    {
        using TestBench bench = await TestBench.CreateAsync(Options() with { Protector = _protector });
        bench.Clients.ForEach(client => _ = StateOf(client));
        var sums = new List<ReadOnlyMemory<byte>>();
        await PlayAsync(bench, bench.StartWithAll(), message =>
        {
            if (message.Kind == MessageKind.Aggregate && bench.ClientOf(message) == bench.Clients[0])
            {
                sums.Add(message.Bytes);
            }

            return bench.ClientOf(message);
        });

        var forgetful = new FederationClient(bench.ClientSetup(0));
        _ = StateOf(forgetful);
        foreach (ReadOnlyMemory<byte> sum in sums)
        {
            await forgetful.HandleAsync(sum);
        }

        forgetful.Privacy!.Charges.Should().Equal(OneCount with { Count = 2 }, new PrivacyCharge(1, 1, 1), new PrivacyCharge(2, 1, 1), new PrivacyCharge(3, 1, 1));
        bench.Clients[0].Privacy!.Charges[0].Should().Be(OneCount, "it trained for every list that names it");
    }

    [Theory]
    [InlineData(-1000, 1)]
    [InlineData(1000, LargestWeight)]
    public async Task Count_ThatNoiseMovesOutOfRange_IsMovedBack(long noise, long expected)
    {
        using TestBench bench = await TestBench.CreateAsync(Options(privacy: new FakePrivacy { NoiseOfCounts = () => noise }) with { Protector = _protector });
        _ = StateOf(bench.Clients[0]);

        WeightIn(bench.Clients[0].Announce(), bench).Should().Be(expected);
    }

    [Fact]
    public async Task Client_WhoseRecordsChangeBetweenTwoLives_TellsTheCountThatIsPaidFor()
    {
        var privacy = new FakePrivacy();
        using TestBench bench = await TestBench.CreateAsync(Options(privacy: privacy) with { Protector = _protector });
        byte[] state = StateOf(bench.Clients[0]);
        FederationClientSetup more = bench.ClientSetup(0) with { Trainer = new FakeTrainer(target: 0.1, samples: 25) };

        WeightIn(FederationClient.Restore(more, state).Announce(), bench).Should().Be(privacy.Counts[0].Noised);
    }

    [Theory]
    [InlineData("no charge for the count")]
    [InlineData("no count")]
    [InlineData("count above the largest weight")]
    public async Task State_WithoutItsCountOrTheChargeForIt_IsRefused(string what)
    {
        using TestBench bench = await TestBench.CreateAsync(Options() with { Protector = _protector });
        FederationClientSetup setup = bench.ClientSetup(0);
        using TestBench uncounted = await TestBench.CreateAsync(RecordTermsTests.Options(RecordTermsTests.Training()) with { Protector = _protector });
        var state = new ClientState(new Orchestration.Epochs.EpochLine(bench.Job))
        {
            Privacy = PrivacyLedger.Of(what == "no charge for the count" ? uncounted.Job : bench.Job),
            NoisedCount = what switch { "no count" => 0, "count above the largest weight" => LargestWeight + 1, _ => 5 },
        };
        var bytes = new ArrayBufferWriter<byte>();
        ClientStateFormat.Write(state, setup, bytes);

        Action restore = () => FederationClient.Restore(setup, bytes.WrittenMemory);

        restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
    }

    internal static BenchOptions Options(double epsilon = 8, FakePrivacy? privacy = null)
        => RecordTermsTests.Options(RecordTermsTests.Training(epsilon) with { NoisedCount = new NoisedCountTerms(100) }, privacy) with
        {
            Protection = JobProtection.RoundKeys,
            MaxWeight = LargestWeight,
            MaxAttempts = 4,
        };

    private static double ValueOf(ILocalTrainer trainer, int index) => TestModel.Flat(((FakeTrainer)trainer).Results.Single().Result.Parameters)[index];

    private static long WeightIn(ReadOnlyMemory<byte> announcement, TestBench bench)
    {
        MessageFormat.TryRead(announcement, bench.Context.ParametersId, announcement.Length, out FederationMessage? message, out _).Should().BeTrue();
        return ((Announcement)message!).Weight;
    }

    private static async Task PlayAsync(TestBench bench, IReadOnlyList<OutgoingMessage> first, Func<OutgoingMessage, FederationClient> clientOf)
    {
        var toClients = new Queue<OutgoingMessage>(first);
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            IReadOnlyList<ReadOnlyMemory<byte>> answers = await clientOf(message).ReceiveAsync(message.Bytes);
            answers.SelectMany(answer => bench.Server.Receive(answer)).ToList().ForEach(toClients.Enqueue);
        }
    }

    private static byte[] StateOf(FederationClient client)
    {
        var state = new ArrayBufferWriter<byte>();
        client.SaveState(state);
        return state.WrittenSpan.ToArray();
    }

    private sealed class WithoutCounts : IPrivacyProvider, IPrivacyMechanism
    {
        public IPrivacyMechanism Create(FederationJob job) => this;

        public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => 0;
    }
}
