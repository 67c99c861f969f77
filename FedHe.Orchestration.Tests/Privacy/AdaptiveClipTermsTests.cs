using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>The clip of the next round follows from opened sums of bits alone, and every client has the same one or opens nothing.</summary>
public sealed class AdaptiveClipTermsTests
{
    internal static readonly AdaptiveClipTerms Adaptive = new(0.5, 0.2, bitVariance: 4);

    [Theory]
    [InlineData(0, 0.2, 4)]
    [InlineData(1, 0.2, 4)]
    [InlineData(double.NaN, 0.2, 4)]
    [InlineData(0.5, 0, 4)]
    [InlineData(0.5, 16.1, 4)]
    [InlineData(0.5, double.NaN, 4)]
    [InlineData(0.5, 0.2, 0.9)]
    [InlineData(0.5, 0.2, double.PositiveInfinity)]
    [InlineData(0.5, 0.2, double.NaN)]
    public void Part_OutOfRange_IsRefusedByName(double quantile, double rate, double variance)
    {
        Action create = () => _ = new AdaptiveClipTerms(quantile, rate, variance);

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.AdaptiveClipOutOfRange);
    }

    [Theory]
    [InlineData("records", PrivacyRefusal.PartForClientsOnly)]
    [InlineData("bits of less than a share", PrivacyRefusal.AdaptiveClipOutOfRange)]
    [InlineData("clip that vanishes", PrivacyRefusal.ClipOutOfRange)]
    [InlineData("step that vanishes", PrivacyRefusal.ClipOutOfRange)]
    public void Terms_ThatCannotFollow_AreRefusedByName(string what, PrivacyRefusal expected)
    {
        PrivacyTerms tiny = PrivacyTerms.Create(ProtectedUnit.Client, 8, 1e-5, clip: 1e-300, NoiseMechanism.Skellam, 100, 0.5, 4, 1, 1);
        Action create = () => _ = what switch
        {
            "records" => new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, RecordTermsTests.Gradients() with { AdaptiveClip = Adaptive }),
            "bits of less than a share" => new UpdateTerms(
                UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTermsTests.Terms() with { AdaptiveClip = new AdaptiveClipTerms(0.5, 0.2, 1.9) }),
            "clip that vanishes" => new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, tiny with { AdaptiveClip = Adaptive }),
            _ => new UpdateTerms(UpdateKind.Difference, new IntegerTerms(1e-300, 16 * 1024), PrivacyTermsTests.Terms() with { AdaptiveClip = Adaptive }),
        };

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(expected);
    }

    [Fact]
    public async Task Job_WithAnAdaptiveClipAndAnObserver_IsRefusedByName()
    {
        using var observer = BoxKeyPair.Generate(KeyExchange.P256);
        Func<Task> create = () => CommitteeBench.CreateAsync(Committee() with { Observer = observer });

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.NotForObservers);
    }

    [Fact]
    public async Task Job_WithAnAdaptiveClip_SurvivesItsBytesAndHasOneIntegerMore()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()));
        var bytes = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(bytes);

        FederationJob.TryRead(bytes.WrittenSpan, bench.Context.ParametersId, WireLimits.Default, out FederationJob? read, out FormatError reason).Should().BeTrue("{0}", reason);

        read!.Update.Should().Be(bench.Job.Update);
        read.UploadTerms.Layout.ParameterCount.Should().Be(TestModel.Layout.ParameterCount + 1);
        bench.Server.Plan.Remarks.Should().Contain(remark => remark.Contains("in the first round and then at a norm that 0.5 of the clients should keep", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ckks")]
    [InlineData("plain")]
    [InlineData(null)]
    public async Task Step_OfEveryRound_FollowsTheOpenedBitsOfTheRoundsBefore(string? scheme)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        var privacy = new FakePrivacy();
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers) with
        {
            Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 3, ClientsPerRound = 4, Quorum = 3, MinimumContributors = 3 },
            Protection = JobProtection.RoundKeys,
            Update = Options(privacy).Update,
            Privacy = privacy,
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        double[] before = TestModel.Flat(setup.InitialModel);

        // All keep the clip in the first round, which halves it twice, and none does in the second one, which doubles it.
        int[] positions = [0, -2, -1, -3];
        int rounds = 0;
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            long[][] made = [.. privacy.Made[^4..]];
            double step = PrivacyTermsTests.Integers.Step * Math.ScaleB(1, positions[rounds]);
            double[] expected = [.. before.Select((start, i) => Math.Clamp(start + (made.Sum(vector => vector[i]) * step / 4), -TestModel.Bound, TestModel.Bound))];

            privacy.Places[^4..].Should().OnlyContain(place => place.ClipPosition == positions[rounds]);
            TestModel.Flat(outcome.Model!.Parameters).Should().Equal(expected, "bit for bit");
            before = expected;
            rounds++;
            federation.Clients.Should().AllSatisfy(client => client.Clip.Should().Be(Math.ScaleB(1, positions[rounds])));
        }

        rounds.Should().Be(3);
    }

    [Fact]
    public async Task Client_RestoredInMidJob_HasTheClipOfTheOthersAndGoesOn()
    {
        using var protector = new FastProtector();
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()) with { Protector = protector, Rounds = 3 });
        var restored = new HashSet<int>();
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            FederationClient client = bench.ClientOf(message);
            ClientStep step = await client.HandleAsync(message.Bytes);
            if (client == bench.Clients[0] && step.State is not null)
            {
                bench.Clients[0] = FederationClient.Restore(bench.ClientSetup(0), step.State.ToArray());
                bench.Clients[0].Clip.Should().Be(client.Clip);
                restored.Add(client.ModelRound);
            }

            step.Messages.SelectMany(answer => bench.Server.Receive(answer)).ToList().ForEach(toClients.Enqueue);
        }

        restored.Should().BeEquivalentTo([0, 1, 2, 3]);
        bench.Clients.Should().AllSatisfy(client =>
        {
            (client.ModelRound, client.Clip).Should().Be((3, 0.125));
            TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[1].GlobalModel));
        });
    }

    [Fact]
    public async Task Client_ThatMissedASum_RefusesTheNextOneAndCatchesUpWithEach()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()) with { Rounds = 3, Clients = 5, ClientsPerRound = 4 });
        var sums = new Dictionary<int, ReadOnlyMemory<byte>>();
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            if (message.Kind == MessageKind.Aggregate)
            {
                sums[((AggregateMessage)bench.Parse(message.Bytes)).Round] = message.Bytes;
            }

            ClientStep step = await bench.ClientOf(message).HandleAsync(message.Bytes);
            step.Messages.SelectMany(answer => bench.Server.Receive(answer)).ToList().ForEach(toClients.Enqueue);
        }

        var late = new FederationClient(bench.ClientSetup(4));
        (await late.HandleAsync(sums[2])).Ignored.Should().NotBeNull("the clip of the second round is not known without the first sum");
        (late.ModelRound, late.Clip).Should().Be((0, 1.0));
        for (int round = 1; round <= 3; round++)
        {
            (await late.HandleAsync(sums[round])).Ignored.Should().BeNull();
        }

        FederationClient other = bench.Clients.First(client => client.ModelRound == 3);
        late.Clip.Should().Be(other.Clip);
        TestModel.Flat(late.GlobalModel).Should().Equal(TestModel.Flat(other.GlobalModel));
    }

    [Fact]
    public async Task Round_ThatTheCommitteeGaveUp_LeavesTheClip()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Committee());
        bench.Network = (message, _, bytes) => message is ListOffer { Round: 2 } ? null : bytes;
        await bench.StartAsync();
        await bench.RunToEndAsync();

        // The first round halved the clip twice, and so did the third, which began where the first had ended.
        bench.Clients.Should().AllSatisfy(client => (client.ModelRound, client.Clip).Should().Be((3, 1.0 / 16)));
    }

    private static CommitteeOptions Committee() => new()
    {
        Clients = 5,
        Quorum = 4,
        MaxWeight = 1,
        Rounds = 3,
        MaxAttempts = 1,
        Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTerms.Create(
            ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, contributors: 5, dropouts: 1, colluders: 1) with
        {
            AdaptiveClip = Adaptive,
        }),
        Privacy = new FakePrivacy(),
    };

    private static BenchOptions Options(FakePrivacy privacy) => PrivacyTermsTests.Options(privacy, PrivacyTermsTests.Terms() with { AdaptiveClip = Adaptive });
}
