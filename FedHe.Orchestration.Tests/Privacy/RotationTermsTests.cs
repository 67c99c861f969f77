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
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>Jobs with rotation terms add up as many integers as the next power of two, and every client rotates the sum back by the seed of its attempt.</summary>
public sealed class RotationTermsTests
{
    private static readonly RotationTerms Rotation = new(1.0 / 1024);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.011)]
    [InlineData(double.NaN)]
    public void Tail_OutOfRange_IsRefusedByName(double tail)
    {
        Action create = () => _ = new RotationTerms(tail);

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.TailOutOfRange);
    }

    [Fact]
    public void Rotation_OfGradientsOrLocalTraining_IsRefusedByName()
    {
        foreach (PrivacyTerms records in (PrivacyTerms[])[RecordTermsTests.Gradients(), RecordTermsTests.Training()])
        {
            Action create = () => _ = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, records with { Rotation = Rotation });

            create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.PartForClientsOnly);
        }
    }

    [Fact]
    public async Task Job_WithRotationAndAnObserver_IsRefusedByName()
    {
        using var observer = BoxKeyPair.Generate(KeyExchange.P256);
        PrivacyTerms privacy = PrivacyTerms.Create(ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, contributors: 5, dropouts: 1, colluders: 1);
        Func<Task> create = () => CommitteeBench.CreateAsync(new CommitteeOptions
        {
            Clients = 5,
            Quorum = 4,
            MaxWeight = 1,
            Observer = observer,
            Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, privacy with { Rotation = Rotation }),
            Privacy = new FakePrivacy(),
        });

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.NotForObservers);
    }

    [Fact]
    public async Task Job_WithRotation_SurvivesItsBytesAndHasAPowerOfTwoOfIntegers()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()));
        var bytes = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(bytes);

        FederationJob.TryRead(bytes.WrittenSpan, bench.Context.ParametersId, WireLimits.Default, out FederationJob? read, out FormatError reason).Should().BeTrue("{0}", reason);

        read.Should().Be(bench.Job);
        read!.Update.Privacy!.Rotation.Should().Be(Rotation);
        int values = TestModel.Layout.ToArrayLength();
        values.Should().NotBe(Length, "or nothing is padded");
        read.UploadTerms.Layout.ParameterCount.Should().Be(Length);
        bench.Server.Plan.Remarks.Should().Contain(remark => remark.Contains("rotated before rounding", StringComparison.Ordinal));
    }

    [Fact]
    public void Terms_WithFlagsThatNobodyKnowsOrWithoutAny_AreNotRead()
    {
        var terms = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTermsTests.Terms() with { Rotation = Rotation });
        var bytes = new ArrayBufferWriter<byte>();
        terms.Write(new WireWriter(bytes));
        int flags = bytes.WrittenCount - sizeof(double) - 1;

        Read(bytes.WrittenSpan, flags, 1).Should().Be(terms);
        Read(bytes.WrittenSpan, flags, 0).Should().BeNull("parts that are none are written as none");
        Read(bytes.WrittenSpan, flags, 0x80).Should().BeNull();
        Read(bytes.WrittenSpan, flags, 0x81).Should().BeNull();

        static UpdateTerms? Read(ReadOnlySpan<byte> bytes, int flags, byte value)
        {
            byte[] changed = bytes.ToArray();
            changed[flags] = value;
            var reader = new WireReader(changed);
            UpdateTerms? read = UpdateTerms.Read(ref reader);
            reader.ExpectEnd();
            return reader.Failed ? null : read;
        }
    }

    [Theory]
    [InlineData("ckks")]
    [InlineData("plain")]
    [InlineData(null)]
    public async Task Sum_OfEveryRound_IsRotatedBackByTheSeedThatAllClientsHave(string? scheme)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        var privacy = new FakePrivacy();
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers) with
        {
            Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 3, ClientsPerRound = 4, Quorum = 3, MinimumContributors = 3 },
            Protection = JobProtection.RoundKeys,
            Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTermsTests.Terms() with { Rotation = Rotation }),
            Privacy = privacy,
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        double[] before = TestModel.Flat(setup.InitialModel);
        var seeds = new HashSet<DifferencePlace>();
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            long[][] made = [.. privacy.Made[^4..]];
            made.Should().OnlyContain(vector => vector.Length == Length);
            double[] expected = [.. before.Select((start, i) => Math.Clamp(
                start + (made.Sum(vector => vector[i]) * PrivacyTermsTests.Integers.Step / 4), -TestModel.Bound, TestModel.Bound))];

            TestModel.Flat(outcome.Model!.Parameters).Should().Equal(expected, "bit for bit");
            federation.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(expected));
            privacy.Places[^4..].Distinct().Should().ContainSingle("all clients rotate alike");
            seeds.Add(privacy.Places[^1]).Should().BeTrue("each round has a seed of its own");
            before = expected;
        }

        seeds.Should().HaveCount(3);
        seeds.Should().OnlyContain(place => place == DifferencePlace.Of(federation.Job, place.Round, place.Attempt, 0));
        seeds.Select(place => (place.Round, place.Attempt)).Should().BeEquivalentTo([(1, 1), (2, 1), (3, 1)]);
    }

    [Fact]
    public async Task Round_ThatIsRepeated_HasAnotherSeedAndOpens()
    {
        var privacy = new FakePrivacy();
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options(privacy));
        await lab.TrainAgainAsync(attempt: 2);
        long[][] made = [.. privacy.Made[^4..]];
        double[] before = TestModel.Flat(lab.Bench.InitialModel);

        (await lab.DeliverAsync(lab.HonestSum())).Should().BeNull();

        privacy.Places.Select(place => place.Seed).Distinct().Should().HaveCount(2);
        TestModel.Flat(lab.Bench.Clients[0].GlobalModel).Should().Equal(before.Select((start, i) => Math.Clamp(
            start + (made.Sum(vector => vector[i]) * PrivacyTermsTests.Integers.Step / 4), -TestModel.Bound, TestModel.Bound)));
    }

    [Fact]
    public async Task Client_RestoredInMidJob_HasTheSameModelAndGoesOn()
    {
        using var protector = new FastProtector();
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()) with { Protector = protector, Rounds = 3 });
        bool isRestored = false;
        var toClients = new Queue<Orchestration.Server.OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out Orchestration.Server.OutgoingMessage message))
        {
            FederationClient client = bench.ClientOf(message);
            ClientStep step = await client.HandleAsync(message.Bytes);
            if (client == bench.Clients[0] && client.ModelRound == 2 && !isRestored)
            {
                bench.Clients[0] = FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray());
                TestModel.Flat(bench.Clients[0].GlobalModel).Should().Equal(TestModel.Flat(client.GlobalModel));
                isRestored = true;
            }

            step.Messages.SelectMany(answer => bench.Server.Receive(answer)).ToList().ForEach(toClients.Enqueue);
        }

        isRestored.Should().BeTrue();
        bench.Clients.Should().AllSatisfy(client =>
        {
            client.ModelRound.Should().Be(3);
            TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[1].GlobalModel));
        });
    }

    private static int Length => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)TestModel.Layout.ToArrayLength());

    private static BenchOptions Options(FakePrivacy privacy) => PrivacyTermsTests.Options(privacy, PrivacyTermsTests.Terms() with { Rotation = Rotation });
}
