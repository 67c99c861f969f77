using System.Buffers;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>In a job of local DP-SGD every client counts its own trainings, stops at its budget, and sends no model of another training.</summary>
public sealed class LocalTrainingFederationTests : IDisposable
{
    private readonly FastProtector _protector = new();

    [Theory]
    [InlineData(JobProtection.RoundKeys)]
    [InlineData(JobProtection.Direct)]
    public async Task Job_WhoseNextTrainingWouldExceedTheBudget_StopsWithItsLastModel(JobProtection protection)
    {
        using FedHe.Crypto.HeContext context = Schemes.Create("plain");
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context, trainers) with
        {
            Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.Layers(TestModel.Layout, "output"), Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 3, ClientsPerRound = 4, Quorum = 3, MinimumContributors = 3 },
            Protection = protection,
            Update = new UpdateTerms(UpdateKind.Difference, integers: null, RecordTermsTests.Training(epsilon: 2.5) with { PublicMask = RecordTermsTests.OutputLayer }),
            Privacy = new FakePrivacy(),
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        double[]? last = null;
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            last = outcome.Report.IsAggregated ? TestModel.Flat(outcome.Model!.Parameters) : last;
        }

        federation.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        trainers.Values.Should().AllSatisfy(trainer => ((FakeTrainer)trainer).Results.Should().HaveCount(2, "nothing is trained in vain"));
        federation.Clients.Should().AllSatisfy(client =>
        {
            client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 1, 1), new PrivacyCharge(2, 1, 1));
            (client.Privacy.Epsilon, client.Privacy.IsExhausted).Should().Be((2.0, true));
            TestModel.Flat(client.GlobalModel).Should().Equal(last);
        });
    }

    [Fact]
    public async Task Retry_WithTheKeptTraining_CostsNothingAndOneThatTrainsAgainCostsATraining()
    {
        using TestBench bench = await TestBench.CreateAsync(Options());
        FederationClient client = bench.Clients[0];
        Invitation first = PrivacyFederationTests.InvitationOf(bench);
        await client.ReceiveAsync(bench.FromServer(first));

        (await client.ReceiveAsync(bench.FromServer(first with { Slot = bench.Slot(0, attempt: 2) }))).Should().ContainSingle();
        client.Privacy!.Charges.Should().Equal([new PrivacyCharge(1, 1, 1)], "the model has its noise");
        (await client.ReceiveAsync(bench.FromServer(first with { Slot = bench.Slot(0, attempt: 3), WasPublished = true }))).Should().ContainSingle();

        client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 1, 2));
        bench.Trainers[0].Results.Should().HaveCount(2);
    }

    [Fact]
    public async Task Client_WhoseBudgetEndsInTheMiddleOfARetry_TrainsAndSendsNothing()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(epsilon: 1.5));
        FederationClient client = bench.Clients[0];
        Invitation first = PrivacyFederationTests.InvitationOf(bench);
        await client.ReceiveAsync(bench.FromServer(first));

        (await client.ReceiveAsync(bench.FromServer(first with { Slot = bench.Slot(0, attempt: 2), WasPublished = true }))).Should().BeEmpty();

        (client.LastIgnored, client.ModelRound, client.Privacy!.IsExhausted).Should().Be((IgnoredReason.BudgetSpent, 0, true));
        bench.Trainers[0].Results.Should().ContainSingle();
    }

    [Theory]
    [InlineData("none", PrivacyRefusal.TrainingMissing)]
    [InlineData("clip", PrivacyRefusal.OtherClip)]
    [InlineData("grid", PrivacyRefusal.OtherClip)]
    [InlineData("noise", PrivacyRefusal.OtherTraining)]
    [InlineData("rate", PrivacyRefusal.OtherTraining)]
    [InlineData("steps", PrivacyRefusal.OtherTraining)]
    public async Task Training_OfOtherTermsThanTheJobs_SendsNothingIsRefusedByNameAndStaysCharged(string what, PrivacyRefusal expected)
    {
        using TestBench bench = await TestBench.CreateAsync(Options());
        bench.Trainers[0].Report = result => result with
        {
            Training = what switch
            {
                "none" => null,
                "clip" => result.Training! with { ClipNorm = 2 },
                "grid" => result.Training! with { LogClipUnits = 11 },
                "noise" => result.Training! with { NoiseMultiplier = Math.BitDecrement(2) },
                "rate" => result.Training! with { SamplingRate = 0.25 },
                _ => result.Training! with { Steps = 5 },
            },
        };
        Func<Task> train = () => bench.Clients[0].HandleAsync(bench.FromServer(PrivacyFederationTests.InvitationOf(bench)));

        (await train.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(expected);

        bench.Clients[0].Unacknowledged.Should().BeEmpty("nothing is released");
        bench.Clients[0].Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 1, 1));
    }

    [Fact]
    public async Task Ledger_SurvivesARestartInTheMiddleOfARound()
    {
        using TestBench bench = await TestBench.CreateAsync(Options() with { Protector = _protector });
        Invitation invitation = PrivacyFederationTests.InvitationOf(bench);
        ClientStep step = await bench.Clients[0].HandleAsync(bench.FromServer(invitation));

        FederationClient resumed = FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray());
        await resumed.ReceiveAsync(bench.FromServer(invitation with { Slot = bench.Slot(0, attempt: 2) }));

        resumed.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 1, 1));
        bench.Trainers[0].Results.Should().ContainSingle("the training was kept");
    }

    [Fact]
    public async Task Client_ThatBeginsWithoutItsState_IsChargedForTheRoundsThatItCannotKnow()
    {
        using TestBench bench = await TestBench.CreateAsync(Options());
        await RunAsync(bench, (_, _) => { });

        var forgetful = new FederationClient(bench.ClientSetup(0));
        await CatchUpAsync(bench, forgetful);

        forgetful.ModelRound.Should().Be(3);
        forgetful.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 1, 1), new PrivacyCharge(2, 1, 1), new PrivacyCharge(3, 1, 1));
    }

    /// <summary>The operator restores last week's backup: what was trained since is not free.</summary>
    [Fact]
    public async Task Client_RestoredFromAStateBeforeItsLastTrainings_IsChargedForThem()
    {
        using TestBench bench = await TestBench.CreateAsync(Options() with { Protector = _protector });
        byte[]? backup = null;
        await RunAsync(bench, (client, _) => backup ??= client.ModelRound == 1 ? StateOf(client) : null);

        FederationClient restored = FederationClient.Restore(bench.ClientSetup(0), backup!);
        restored.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 1, 1));
        await CatchUpAsync(bench, restored);

        restored.ModelRound.Should().Be(3);
        restored.Privacy.Charges.Should().Equal(new PrivacyCharge(1, 1, 1), new PrivacyCharge(2, 1, 1), new PrivacyCharge(3, 1, 1));
    }

    /// <summary>The server lies: it sends old sums to a client without its state as if each were the newest one.</summary>
    [Fact]
    public async Task Client_WithoutItsStateThatIsSentOneSumAfterAnother_IsChargedForEachThatNamesIt()
    {
        using TestBench bench = await TestBench.CreateAsync(Options());
        var sums = new List<ReadOnlyMemory<byte>>();
        await RunAsync(bench, (_, sent) =>
        {
            if (MessageInfo.TryRead(sent.Span, out MessageInfo? info) && info.Kind == MessageKind.Aggregate)
            {
                sums.Add(sent);
            }
        });

        var forgetful = new FederationClient(bench.ClientSetup(0));
        for (int round = 1; round <= 3; round++)
        {
            await forgetful.HandleAsync(sums[round - 1]);

            forgetful.ModelRound.Should().Be(round);
            forgetful.Privacy!.Charges.Select(charge => charge.Round).Should().Equal(Enumerable.Range(1, round));
        }
    }

    /// <summary>Runs the job to its end, and shows what the first client is after each message to it.</summary>
    private static async Task RunAsync(TestBench bench, Action<FederationClient, ReadOnlyMemory<byte>> show)
    {
        var toClients = new Queue<Orchestration.Server.OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out Orchestration.Server.OutgoingMessage sent))
        {
            FederationClient client = bench.ClientOf(sent);
            IReadOnlyList<ReadOnlyMemory<byte>> answers = await client.ReceiveAsync(sent.Bytes);
            if (client == bench.Clients[0])
            {
                show(client, sent.Bytes);
            }

            answers.SelectMany(answer => bench.Server.Receive(answer)).ToList().ForEach(toClients.Enqueue);
        }
    }

    private static byte[] StateOf(FederationClient client)
    {
        var state = new ArrayBufferWriter<byte>();
        client.SaveState(state);
        return state.WrittenSpan.ToArray();
    }

    private static async Task CatchUpAsync(TestBench bench, FederationClient client)
    {
        var toClient = new Queue<Orchestration.Server.OutgoingMessage>(bench.Server.Receive(client.Announce()));
        while (toClient.TryDequeue(out Orchestration.Server.OutgoingMessage message))
        {
            IReadOnlyList<ReadOnlyMemory<byte>> answers = await client.ReceiveAsync(message.Bytes);
            answers.SelectMany(answer => bench.Server.Receive(answer)).ToList().ForEach(toClient.Enqueue);
        }
    }

    public void Dispose() => _protector.Dispose();

    private static BenchOptions Options(double epsilon = 8)
        => RecordTermsTests.Options(RecordTermsTests.Training(epsilon)) with { Protection = JobProtection.RoundKeys, MaxAttempts = 4 };
}
