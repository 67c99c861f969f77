using System.Buffers;
using FedHe.Crypto;
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

/// <summary>Under privacy terms nothing but noised integers is encrypted, every sum is counted, and the job stops at its budget.</summary>
public sealed class PrivacyFederationTests
{
    [Theory]
    [InlineData("ckks")]
    [InlineData("plain")]
    [InlineData(null)]
    public async Task Sum_OfEveryRound_IsTheSumOfTheNoisedIntegersAndOfNothingElse(string? scheme)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        var privacy = new FakePrivacy();
        InProcessFederationSetup setup = Setup(context, privacy);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        double[] before = TestModel.Flat(setup.InitialModel);
        int rounds = 0;
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            long[][] made = [.. privacy.Made[^4..]];
            double[] expected = [.. before.Select((start, i) => Math.Clamp(
                start + (made.Sum(vector => vector[i]) * PrivacyTermsTests.Integers.Step / 4), -TestModel.Bound, TestModel.Bound))];

            TestModel.Flat(outcome.Model!.Parameters).Should().Equal(expected, "bit for bit");
            before = expected;
            rounds++;
        }

        rounds.Should().Be(3);
        privacy.Made.Should().HaveCount(12, "each client made noise once a round");
        federation.Clients.Should().AllSatisfy(client =>
        {
            client.Privacy!.Epsilon.Should().Be(3);
            client.Privacy.Charges.Should().Equal(new PrivacyCharge(1, 4, 1), new PrivacyCharge(2, 4, 1), new PrivacyCharge(3, 4, 1));
        });
    }

    [Theory]
    [InlineData("ckks")]
    [InlineData(null)]
    public async Task Job_WhoseNextRoundWouldExceedTheBudget_StopsWithItsLastModel(string? scheme)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        var privacy = new FakePrivacy();

        // A round is allowed only if it would fit with one contributor less, which costs 4/3.
        InProcessFederationSetup setup = Setup(context, privacy, epsilon: 2.5);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        double[]? last = null;
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            last = outcome.Report.IsAggregated ? TestModel.Flat(outcome.Model!.Parameters) : last;
        }

        federation.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        privacy.Made.Should().HaveCount(8);
        federation.Clients.Should().AllSatisfy(client =>
        {
            (client.ModelRound, client.Outcome).Should().Be((2, FederationOutcome.QuorumNotReached));
            (client.Privacy!.Epsilon, client.Privacy.IsExhausted).Should().Be((2.0, true));
            TestModel.Flat(client.GlobalModel).Should().Equal(last);
        });
    }

    [Fact]
    public async Task Client_WhoseBudgetEndsInTheMiddleOfARetry_SendsNothingAndKeepsItsModel()
    {
        var privacy = new FakePrivacy();
        using TestBench bench = await TestBench.CreateAsync(PrivacyTermsTests.Options(privacy, PrivacyTermsTests.Terms(epsilon: 2.5)));
        FederationClient client = bench.Clients[0];
        Invitation first = InvitationOf(bench);
        (await client.ReceiveAsync(bench.FromServer(first))).Should().ContainSingle();

        // Both attempts may be opened, with one client less: 8/3.
        IReadOnlyList<ReadOnlyMemory<byte>> second = await client.ReceiveAsync(
            bench.FromServer(first with { Slot = bench.Slot(0, attempt: 2), WasPublished = true }));

        second.Should().BeEmpty();
        client.LastIgnored.Should().Be(IgnoredReason.BudgetSpent);
        privacy.Made.Should().ContainSingle();
        bench.Trainers[0].Results.Should().ContainSingle("nothing is trained in vain");
        (client.ModelRound, client.Privacy!.IsExhausted).Should().Be((0, true));
        client.Privacy.Charges.Should().Equal(new PrivacyCharge(1, 3, 1));
    }

    [Fact]
    public async Task Sum_OfFewerThanPlanned_IsNotOpened()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(PrivacyTermsTests.Options(new FakePrivacy()));

        (await lab.DeliverAsync(lab.HonestSum(0, 1))).Should().Be(IgnoredReason.TooFewContributors);
        lab.Bench.Clients[0].Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 3, 1));
        (await lab.DeliverAsync(lab.HonestSum(0, 1, 2))).Should().BeNull();
        lab.Bench.Clients[0].Privacy!.Epsilon.Should().BeApproximately(4.0 / 3, 1e-12, "a sum of three is charged with the noise of three");
    }

    [Fact]
    public async Task Announcement_UnderPrivacyTerms_DoesNotTellWhetherAClientHasMoreData()
    {
        using TestBench bench = await TestBench.CreateAsync(PrivacyTermsTests.Options(new FakePrivacy()));

        var announcement = (Announcement)bench.Parse(bench.Clients[0].Announce());

        bench.Trainers[0].SampleCount.Should().BeGreaterThan(1);
        (announcement.Weight, announcement.IsCapped).Should().Be((1L, false));
    }

    [Fact]
    public async Task Charges_OfARoundThatWasRepeated_AreTheSameAtAllClientsAlsoThatCameLate()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(PrivacyTermsTests.Options(new FakePrivacy()));
        TestBench bench = lab.Bench;

        // The first sum has a wrong tag for everybody but may have been opened by somebody; the server repeats the round.
        RoundKeyLab.Part[] parts = lab.All;
        VerifiableAggregate bad = lab.Sum(parts, tags: parts[1..]);
        for (int i = 0; i < 4; i++)
        {
            (await lab.DeliverAsync(bad, i)).Should().Be(IgnoredReason.BadTag);
        }

        await lab.TrainAgainAsync(attempt: 2);
        VerifiableAggregate good = lab.HonestSum();
        for (int i = 0; i < 3; i++)
        {
            (await lab.DeliverAsync(good, i)).Should().BeNull();
        }

        var late = new FederationClient(bench.ClientSetup(3));
        await late.ReceiveAsync(lab.SignedSum(good));

        PrivacyCharge[] expected = [new(1, 3, 1), new(1, 4, 1)];
        bench.Clients.Take(3).Append(late).Should().AllSatisfy(client => client.Privacy!.Charges.Should().Equal(expected));
    }

    [Fact]
    public async Task Charges_OfLaterAttemptsThanTheLists_AreKept()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(PrivacyTermsTests.Options(new FakePrivacy()) with { MaxAttempts = 3 });
        VerifiableAggregate first = lab.HonestSum();
        await lab.TrainAgainAsync(attempt: 2);
        await lab.TrainAgainAsync(attempt: 3);
        lab.Bench.Clients[0].Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 3, 3));

        // Somebody may have opened the others: the list of the first attempt takes none of them back.
        (await lab.DeliverAsync(first)).Should().BeNull();

        lab.Bench.Clients[0].Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 3, 2), new PrivacyCharge(1, 4, 1));
    }

    [Fact]
    public async Task GlobalModel_HasNoBuffersOfAClientsTraining_AlsoAfterARestart()
    {
        using var protector = new FastProtector();
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(PrivacyTermsTests.Options(new FakePrivacy()) with { Protector = protector });
        var saved = new ArrayBufferWriter<byte>();
        lab.Bench.Clients[1].SaveState(saved);
        lab.Bench.Clients[1] = FederationClient.Restore(lab.Bench.ClientSetup(1), saved.WrittenSpan.ToArray());
        for (int i = 0; i < 2; i++)
        {
            (await lab.DeliverAsync(lab.HonestSum(), i)).Should().BeNull();
            lab.Bench.Trainers[i].Results[^1].Result.Parameters.Get<long>("steps").ToArray().Should().NotEqual([0L], "training counts records");

            lab.Bench.Clients[i].GlobalModel.Get<long>("steps").ToArray().Should().Equal(0L);
        }
    }

    [Fact]
    public async Task Ledger_SurvivesARestart()
    {
        using var protector = new FastProtector();
        using TestBench bench = await TestBench.CreateAsync(PrivacyTermsTests.Options(new FakePrivacy()) with { Protector = protector, Rounds = 2 });
        byte[]? saved = null;
        var toClients = new Queue<Orchestration.Server.OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out Orchestration.Server.OutgoingMessage message))
        {
            ClientStep step = await bench.ClientOf(message).HandleAsync(message.Bytes);
            saved = message.Recipient == bench.Clients[0].Client ? step.State?.ToArray() ?? saved : saved;
            step.Messages.SelectMany(answer => bench.Server.Receive(answer)).ToList().ForEach(toClients.Enqueue);
        }

        FederationClient resumed = FederationClient.Restore(bench.ClientSetup(0), saved!);

        resumed.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 4, 1), new PrivacyCharge(2, 4, 1));
        TestModel.Flat(resumed.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[1].GlobalModel));
    }

    [Fact]
    public async Task Rounds_ThatTheCommitteeGaveUp_AreChargedOnceEach()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions
        {
            Clients = 5,
            Quorum = 4,
            MaxWeight = 1,
            Rounds = 3,
            MaxAttempts = 1,
            Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTerms.Create(
                ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, contributors: 5, dropouts: 1, colluders: 1)),
            Privacy = new FakePrivacy(),
        });

        // Nobody hears the offer of the second round's list, so that the round is given up.
        bench.Network = (message, _, bytes) => message is ListOffer { Round: 2 } ? null : bytes;
        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Clients.Should().AllSatisfy(client =>
        {
            client.ModelRound.Should().Be(3);
            client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 5, 1), new PrivacyCharge(2, 4, 1), new PrivacyCharge(3, 5, 1));
        });
    }

    internal static Invitation InvitationOf(TestBench bench)
        => (Invitation)bench.Parse(bench.StartWithAll().First(
            message => message.Recipient == bench.Clients[0].Client && message.Kind == MessageKind.Invitation).Bytes);

    private static InProcessFederationSetup Setup(HeContext? context, FakePrivacy privacy, double epsilon = 8)
    {
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        return InProcessFederationTests.Setup(context!, trainers) with
        {
            Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 3, ClientsPerRound = 4, Quorum = 3, MinimumContributors = 3 },
            Protection = JobProtection.RoundKeys,
            Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTermsTests.Terms(epsilon)),
            Privacy = privacy,
        };
    }
}
