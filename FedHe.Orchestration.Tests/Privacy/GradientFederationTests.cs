using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>In a job of distributed gradients the exact sum of noised gradients moves the model, and a trainer of other terms sends nothing.</summary>
public sealed class GradientFederationTests : IDisposable
{
    private readonly FastProtector _protector = new();

    [Theory]
    [InlineData("ckks")]
    [InlineData(null)]
    public async Task Model_OfEveryRound_GoesDownTheSumOfTheNoisedGradientsAndNothingElse(string? scheme)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        var privacy = new FakePrivacy();
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers) with
        {
            Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 2, ClientsPerRound = 4, Quorum = 3, MinimumContributors = 3 },
            Protection = JobProtection.RoundKeys,
            Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, RecordTermsTests.Gradients()),
            Privacy = privacy,
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        double[] before = TestModel.Flat(setup.InitialModel);
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            long[][] made = [.. privacy.Made[^4..]];
            double[] expected = [.. before.Select((start, i) => Math.Clamp(
                start - (made.Sum(vector => vector[i]) * PrivacyTermsTests.Integers.Step / 4), -TestModel.Bound, TestModel.Bound))];

            TestModel.Flat(outcome.Model!.Parameters).Should().Equal(expected, "bit for bit");
            before = expected;
        }

        privacy.Made.Should().HaveCount(8);
        federation.Clients.Should().AllSatisfy(
            client => client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 4, 1), new PrivacyCharge(2, 4, 1)));
    }

    [Theory]
    [InlineData("none", PrivacyRefusal.GradientsMissing)]
    [InlineData("length", PrivacyRefusal.GradientsMissing)]
    [InlineData("clip", PrivacyRefusal.OtherClip)]
    [InlineData("grid", PrivacyRefusal.OtherClip)]
    public async Task Trainer_OfOtherGradientsThanTheTerms_SendsNothingAndIsRefusedByName(string what, PrivacyRefusal expected)
    {
        var privacy = new FakePrivacy();
        using TestBench bench = await TestBench.CreateAsync(RecordTermsTests.Options(RecordTermsTests.Gradients(), privacy));
        bench.Trainers[0].Report = result => result with
        {
            Gradient = what switch
            {
                "none" => null,
                "length" => result.Gradient! with { Units = result.Gradient.Units[1..] },
                "clip" => result.Gradient! with { ClipNorm = Math.BitIncrement(1) },
                _ => result.Gradient! with { LogClipUnits = 11 },
            },
        };
        byte[] invitation = bench.FromServer(PrivacyFederationTests.InvitationOf(bench));
        Func<Task> train = () => bench.Clients[0].HandleAsync(invitation);

        (await train.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(expected);

        privacy.Made.Should().BeEmpty();
        bench.Clients[0].Unacknowledged.Should().BeEmpty("nothing is released");
    }

    [Fact]
    public async Task Trainer_OfAJobForClients_CannotSendAGradientPastTheClip()
    {
        var privacy = new FakePrivacy();
        using TestBench bench = await TestBench.CreateAsync(PrivacyTermsTests.Options(privacy));
        bench.Trainers[0].Report = result => result with
        {
            Gradient = new GradientSum(Enumerable.Repeat(10_000L, TestModel.Layout.ToArrayLength()).ToArray(), ClipNorm: 1, LogClipUnits: 10),
        };

        await bench.Clients[0].HandleAsync(bench.FromServer(PrivacyFederationTests.InvitationOf(bench)));

        privacy.Made.Single().Should().OnlyContain(value => Math.Abs(value) < 5_000, "the difference of the model was noised and the sum left aside");
    }

    [Fact]
    public async Task Retry_OfAClientThatWasRestarted_HasTheKeptGradientOtherNoiseAndAChargeOfItsOwn()
    {
        var privacy = new FakePrivacy();
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(
            RecordTermsTests.Options(RecordTermsTests.Gradients(), privacy) with { Protector = _protector });
        TestBench bench = lab.Bench;
        byte[] invitation = bench.FromServer(PrivacyFederationTests.InvitationOf(bench));
        ClientStep step = await bench.Clients[0].HandleAsync(invitation);
        bench.Clients[0] = FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray());

        await lab.TrainAgainAsync(attempt: 2);
        (await lab.DeliverAsync(lab.HonestSum())).Should().BeNull();

        bench.Trainers[0].Results.Should().ContainSingle("the gradient was kept");
        long[] difference = [.. privacy.Made[0].Zip(privacy.Made[1], (first, second) => first - second)];
        difference.Should().OnlyContain(value => Math.Abs(value) <= 100, "the same gradient is below the noise").And.Contain(value => value != 0, "the noise is another");
        bench.Clients[0].Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 3, 1), new PrivacyCharge(1, 4, 1));
    }

    [Fact]
    public async Task Client_WhoseBudgetEndsInTheMiddleOfARetry_SendsNothingAndKeepsItsModel()
    {
        var privacy = new FakePrivacy();
        using TestBench bench = await TestBench.CreateAsync(RecordTermsTests.Options(RecordTermsTests.Gradients(epsilon: 2.5), privacy));
        FederationClient client = bench.Clients[0];
        Invitation first = PrivacyFederationTests.InvitationOf(bench);
        (await client.ReceiveAsync(bench.FromServer(first))).Should().ContainSingle();

        (await client.ReceiveAsync(bench.FromServer(first with { Slot = bench.Slot(0, attempt: 2) }))).Should().BeEmpty();

        (client.LastIgnored, client.ModelRound, client.Privacy!.IsExhausted).Should().Be((IgnoredReason.BudgetSpent, 0, true));
        privacy.Made.Should().ContainSingle("no other noise for the same gradient without paying");
    }

    [Fact]
    public async Task State_WithAGradientOfAnotherLength_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync(
            RecordTermsTests.Options(RecordTermsTests.Gradients()) with { Protector = _protector });
        ClientStep step = await bench.Clients[0].HandleAsync(bench.FromServer(PrivacyFederationTests.InvitationOf(bench)));
        var cutting = new CuttingProtector(_protector);
        Action restore = () => FederationClient.Restore(bench.ClientSetup(0) with { Protector = cutting }, step.State!.ToArray());

        restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
    }

    public void Dispose() => _protector.Dispose();

    /// <summary>Unprotects without the last integer.</summary>
    private sealed class CuttingProtector(FastProtector protector) : ISecretProtector
    {
        public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context) => protector.Protect(secret, context);

        public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
        {
            using var whole = new PinnedBufferWriter();
            bool isOpen = protector.TryUnprotect(protectedSecret, context, whole);
            secret.Write(whole.WrittenSpan[..^sizeof(long)]);
            return isOpen;
        }
    }
}
