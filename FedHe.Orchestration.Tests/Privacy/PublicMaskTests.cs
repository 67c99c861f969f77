using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
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

/// <summary>Under a public mask noised integers travel exactly in clear too, and every upload that shows some is charged.</summary>
public sealed class PublicMaskTests
{
    private static readonly PublicMaskTerms Rule = new(MaskPolicy.Random(0.4, seed: 7));
    private static readonly EncryptionMask Mask = Rule.MaskOf(TestModel.Layout);

    [Theory]
    [InlineData("sensitive", PrivacyRefusal.MaskFromSensitivities)]
    [InlineData("sensitive or layers", PrivacyRefusal.MaskFromSensitivities)]
    [InlineData("all", PrivacyRefusal.OtherMask)]
    [InlineData("unknown layer", PrivacyRefusal.OtherMask)]
    public void Rule_ThatDependsOnDataOrLeavesNothingInClear_IsRefusedByName(string what, PrivacyRefusal expected)
    {
        Action create = () => new PublicMaskTerms(what switch
        {
            "sensitive" => MaskPolicy.Top(0.3),
            "sensitive or layers" => MaskPolicy.Layers("output") | MaskPolicy.TopOfEachLayer(0.3),
            "all" => MaskPolicy.All,
            _ => MaskPolicy.Layers("nowhere"),
        }).MaskOf(TestModel.Layout);

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(expected);
    }

    [Theory]
    [InlineData("without rule", PrivacyRefusal.ValuesInClear)]
    [InlineData("other mask", PrivacyRefusal.OtherMask)]
    [InlineData("other seed", PrivacyRefusal.OtherMask)]
    [InlineData("rule of all", PrivacyRefusal.OtherMask)]
    [InlineData("bound", PrivacyRefusal.ClearOutOfRange)]
    public async Task Job_WhoseMaskIsNotThatOfItsRule_IsRefusedByName(string what, PrivacyRefusal expected)
    {
        BenchOptions options = Options(new FakePrivacy());
        PrivacyTerms terms = options.Update.Privacy!;
        Func<Task> create = () => TestBench.CreateAsync(what switch
        {
            "without rule" => options with { Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, terms with { PublicMask = null }) },
            "other mask" => options with { Mask = EncryptionMask.Layers(TestModel.Layout, "output") },
            "other seed" => options with { Mask = MaskPolicy.Random(0.4, seed: 8).Select(TestModel.Layout) },
            "rule of all" => options with
            {
                Mask = null,
                Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, terms with { PublicMask = new PublicMaskTerms(MaskPolicy.All) }),
            },
            _ => options with { Update = new UpdateTerms(UpdateKind.Difference, new IntegerTerms(1.0 / 1024, (1L << 30) + 1), terms) },
        });

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(expected);
    }

    [Fact]
    public void Rule_WithARotationOrForRecords_IsRefusedByName()
    {
        Action rotated = () => _ = new UpdateTerms(
            UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTermsTests.Terms() with { PublicMask = Rule, Rotation = new RotationTerms(1.0 / 1024) });
        Action records = () => _ = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, RecordTermsTests.Gradients() with { PublicMask = Rule });

        rotated.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.RotationUnderMask);
        records.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.PartForClientsOnly);
    }

    [Fact]
    public async Task Job_UnderAMask_SurvivesItsBytesAndIsNotReadWithAnotherMask()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()));
        var buffer = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(buffer);
        byte[] bytes = buffer.WrittenSpan.ToArray();

        FederationJob.TryRead(bytes, bench.Context.ParametersId, WireLimits.Default, out FederationJob? read, out FormatError reason).Should().BeTrue("{0}", reason);
        read!.Update.Should().Be(bench.Job.Update);
        read.UploadTerms.Mask.ClearCount.Should().Be(Mask.ClearCount).And.BePositive();
        bench.Server.Plan.Remarks.Should().Contain(remark => remark.Contains("beyond the mask random(0.4, 7)", StringComparison.Ordinal));
        bytes[bytes.AsSpan().IndexOf("random(0.4, 7)"u8) + 12]++;
        FederationJob.TryRead(bytes, bench.Context.ParametersId, WireLimits.Default, out _, out reason).Should().BeFalse();
        reason.Should().Be(FormatError.Inconsistent);
    }

    [Theory]
    [InlineData("ckks", 16 * 1024)]
    [InlineData("plain", 1L << 30)]
    [InlineData("plain", 4 * 1024)]
    [InlineData(null, 16 * 1024)]
    public async Task Sum_OfEveryRound_IsTheSumOfTheNoisedIntegersInClearAndNot(string? scheme, long bound)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        var privacy = new FakePrivacy();
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context!, trainers) with
        {
            Terms = new AggregationTerms(TestModel.Layout, Mask, Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 3, ClientsPerRound = 4, Quorum = 3, MinimumContributors = 3 },
            Protection = JobProtection.RoundKeys,
            Update = new UpdateTerms(UpdateKind.Difference, new IntegerTerms(1.0 / 1024, bound), PrivacyTermsTests.Terms() with { PublicMask = Rule }),
            Privacy = privacy,
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        double[] before = TestModel.Flat(setup.InitialModel);
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            long[][] made = [.. privacy.Made[^4..]];
            double[] expected = [.. before.Select((start, i) => Math.Clamp(
                start + (made.Sum(vector => vector[i]) / 1024.0 / 4), -TestModel.Bound, TestModel.Bound))];

            federation.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(expected, "bit for bit"));
            before = expected;
        }
    }

    [Fact]
    public async Task Upload_UnderAMask_ShowsNoisedIntegersInClearAndNothingElse()
    {
        var privacy = new FakePrivacy();
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options(privacy));
        for (int i = 0; i < 4; i++)
        {
            var expected = new long[Mask.ClearCount];
            Mask.GatherClear<long>(privacy.Made[i], expected);

            // A bound of 2^14 has 15 bits: an integer is 2^16 units of 2^-30 of 2^14.
            ClearOf(lab, i).Should().Equal(expected.Select(value => value << 16));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1L << 15)]
    [InlineData(1L << 30)]
    public async Task Server_RefusesAnUploadWhoseClearPartIsNoIntegerWithinTheBound(long change)
    {
        // The bound is a little below the power of two that integers travel with.
        var integers = new IntegerTerms(1.0 / 1024, (16 * 1024) - 2000);
        BenchOptions options = Options(new FakePrivacy());
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(
            options with { Update = new UpdateTerms(UpdateKind.Difference, integers, options.Update.Privacy) });
        var honest = (Upload)lab.Bench.Parse(lab.Messages[0]);
        long first = ClearOf(lab, 0)[0];
        byte[] update = honest.Update.ToArray();
        int at = update.AsSpan().IndexOf([.. ClearOf(lab, 0).SelectMany(value => BitConverter.GetBytes((int)value))]);
        at.Should().BePositive();
        BitConverter.GetBytes((int)(change == 1L << 30 ? (1 << 30) - (1 << 16) : first + change)).CopyTo(update, at);

        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Bench.SignedUpload(0, update, round: 1, attempt: 1))).Should().Be(RefusalReason.OutOfRange);
        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Messages[0])).Should().Be(RefusalReason.None, "or the line above proves nothing");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Attempts_UnderAMask_AreChargedEachWithACommitteeToo(bool isMasked)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Committee(isMasked));
        var ledger = new SumLedger(bench.Job);
        var second = new ContributorList(
            1, 2, 1, bench.Job.StartDigest, [.. bench.Identities.Select(identity => new Contributor(identity.Client, 1, default))], [], default, []);

        ledger.With(1, attempt: 3).Should().Equal(new PrivacyCharge(1, 4, isMasked ? 3 : 1));
        ledger.Add(second, new UploadSlot(bench.Job.JobId, 1, 3, bench.Clients[0].Client));

        // The server has also seen the upload that was made after the listed one.
        ledger.Charges.Should().Equal(isMasked ? [new PrivacyCharge(1, 4, 2), new PrivacyCharge(1, 5, 1)] : [new PrivacyCharge(1, 5, 1)]);
    }

    /// <summary>A server may hold a sum back until a client has uploaded for the round after it, and show no more than that upload of how often it asked.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Attempts_BeforeAnUploadForALaterRound_AreAllCharged(bool isMasked)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Committee(isMasked));
        var ledger = new SumLedger(bench.Job);
        var first = new ContributorList(
            1, 1, 1, bench.Job.StartDigest, [.. bench.Identities.Select(identity => new Contributor(identity.Client, 1, default))], [], default, []);

        ledger.Add(first, new UploadSlot(bench.Job.JobId, 2, 1, bench.Clients[0].Client));

        int attempts = bench.Job.Settings.MaxAttempts;
        attempts.Should().BeGreaterThan(1);
        ledger.Charges.Should().Equal(isMasked ? [new PrivacyCharge(1, 4, attempts - 1), new PrivacyCharge(1, 5, 1)] : [new PrivacyCharge(1, 5, 1)]);
    }

    [Fact]
    public async Task Rounds_ThatTheCommitteeGaveUp_AreChargedForEveryAttemptThatTheyMayHaveHad()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Committee(isMasked: true));

        // Nobody hears the offer of the second round's list, so that the round is given up.
        bench.Network = (message, _, bytes) => message is ListOffer { Round: 2 } ? null : bytes;
        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Clients.Should().AllSatisfy(client =>
            client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 5, 1), new PrivacyCharge(2, 4, 3), new PrivacyCharge(3, 5, 1)));
    }

    [Fact]
    public async Task Client_UnderAMask_RestoredInMidJob_SendsTheSameBytesAndOpensTheSum()
    {
        using var protector = new FastProtector();
        var privacy = new FakePrivacy();
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options(privacy) with { Protector = protector });
        var saved = new ArrayBufferWriter<byte>();
        lab.Bench.Clients[1].SaveState(saved);

        lab.Bench.Clients[1] = FederationClient.Restore(lab.Bench.ClientSetup(1), saved.WrittenSpan.ToArray());

        lab.Bench.Clients[1].UnacknowledgedUpload!.Value.ToArray().Should().Equal(lab.Messages[1].ToArray(), "another noising would be another release");
        privacy.Made.Should().HaveCount(4);
        VerifiableAggregate sum = lab.HonestSum();
        for (int i = 0; i < 4; i++)
        {
            (await lab.DeliverAsync(sum, i)).Should().BeNull();
            TestModel.Flat(lab.Bench.Clients[i].GlobalModel).Should().Equal(TestModel.Flat(lab.Bench.Clients[0].GlobalModel));
            lab.Bench.Clients[i].Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 4, 1));
        }
    }

    private static long[] ClearOf(RoundKeyLab lab, int client)
    {
        var reader = new UpdateReader(lab.Protocol.Inner, lab.Bench.Job.UploadTerms);
        reader.TryRead(lab.Uploads[client].Update, out EncryptedModelUpdate? update, out FormatError reason).Should().BeTrue("{0}", reason);
        using (update)
        {
            var clear = new long[Mask.ClearCount];
            update!.CopyClearTo(0, clear);
            return clear;
        }
    }

    private static CommitteeOptions Committee(bool isMasked)
    {
        PrivacyTerms terms = PrivacyTerms.Create(
            ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, contributors: 5, dropouts: 1, colluders: 1) with
        { PublicMask = isMasked ? Rule : null };
        return new CommitteeOptions
        {
            Clients = 5,
            Quorum = 4,
            MaxWeight = 1,
            Rounds = 3,
            MaxAttempts = 3,
            Mask = isMasked ? Mask : null,
            Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, terms),
            Privacy = new FakePrivacy(),
        };
    }

    private static BenchOptions Options(FakePrivacy privacy)
        => PrivacyTermsTests.Options(privacy, PrivacyTermsTests.Terms() with { PublicMask = Rule }) with { Mask = Mask };
}
