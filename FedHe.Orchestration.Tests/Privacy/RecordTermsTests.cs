using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>Terms for records name a form, have no defaults, and whatever contradicts a promise is refused by name.</summary>
public sealed class RecordTermsTests
{
    [Theory]
    [InlineData("epsilon", PrivacyRefusal.EpsilonOutOfRange)]
    [InlineData("delta", PrivacyRefusal.DeltaOutOfRange)]
    [InlineData("clip", PrivacyRefusal.ClipOutOfRange)]
    [InlineData("clip 0", PrivacyRefusal.ClipOutOfRange)]
    [InlineData("grid", PrivacyRefusal.GridOutOfRange)]
    [InlineData("grid 7", PrivacyRefusal.GridOutOfRange)]
    [InlineData("grid 21", PrivacyRefusal.GridOutOfRange)]
    [InlineData("mechanism", PrivacyRefusal.MechanismMissing)]
    [InlineData("variance", PrivacyRefusal.VarianceOutOfRange)]
    [InlineData("parties", PrivacyRefusal.PartiesOutOfRange)]
    [InlineData("nobody left", PrivacyRefusal.PartiesOutOfRange)]
    public void GradientTerms_WithoutAPartOrWithOneOutOfRange_AreRefusedByName(string part, PrivacyRefusal expected)
    {
        Action create = () => PrivacyTerms.ForGradients(
            part == "epsilon" ? null : 8,
            part == "delta" ? null : 1e-5,
            part switch { "clip" => null, "clip 0" => 0, _ => 1 },
            part switch { "grid" => null, "grid 7" => 7, "grid 21" => 21, _ => 10 },
            part == "mechanism" ? null : NoiseMechanism.Skellam,
            part == "variance" ? null : 100,
            part == "parties" ? null : 4,
            part == "nobody left" ? 3 : 1,
            colluders: 1);

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(expected);
    }

    [Theory]
    [InlineData("epsilon", PrivacyRefusal.EpsilonOutOfRange)]
    [InlineData("clip", PrivacyRefusal.ClipOutOfRange)]
    [InlineData("grid", PrivacyRefusal.GridOutOfRange)]
    [InlineData("variance", PrivacyRefusal.VarianceOutOfRange)]
    [InlineData("rate", PrivacyRefusal.StepsOutOfRange)]
    [InlineData("rate 0", PrivacyRefusal.StepsOutOfRange)]
    [InlineData("rate 1.1", PrivacyRefusal.StepsOutOfRange)]
    [InlineData("steps", PrivacyRefusal.StepsOutOfRange)]
    [InlineData("steps 0", PrivacyRefusal.StepsOutOfRange)]
    public void TrainingTerms_WithoutAPartOrWithOneOutOfRange_AreRefusedByName(string part, PrivacyRefusal expected)
    {
        Action create = () => PrivacyTerms.ForLocalTraining(
            part == "epsilon" ? null : 8,
            1e-5,
            part == "clip" ? null : 1,
            part == "grid" ? null : 10,
            part == "variance" ? null : 100,
            part switch { "rate" => null, "rate 0" => 0, "rate 1.1" => 1.1, _ => 0.5 },
            part switch { "steps" => null, "steps 0" => 0, _ => 4 });

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(expected);
    }

    [Fact]
    public void Terms_ForRecordsWithoutAForm_AreRefusedByName()
    {
        Action create = () => PrivacyTerms.Create(ProtectedUnit.Record, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, 4, 1, 1);

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.FormMissing);
    }

    [Fact]
    public void Terms_OfEitherForm_NeedDifferencesAndThoseWithSharedNoiseIntegers()
    {
        Action models = () => _ = new UpdateTerms(UpdateKind.Model, integers: null, Training());
        Action reals = () => _ = new UpdateTerms(UpdateKind.Difference, integers: null, Gradients());

        models.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NotDifferences);
        reals.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NotIntegers);
    }

    [Theory]
    [InlineData("mask", PrivacyRefusal.ValuesInClear)]
    [InlineData("direct", PrivacyRefusal.NotUnderRoundKeys)]
    [InlineData("weights", PrivacyRefusal.WeightsNotOne)]
    [InlineData("quorum", PrivacyRefusal.QuorumTooSmall)]
    public async Task JobOfGradients_ThatContradictsItsPrivacyTerms_IsRefusedByName(string what, PrivacyRefusal expected)
    {
        BenchOptions options = Options(Gradients());
        Func<Task> create = () => TestBench.CreateAsync(what switch
        {
            "mask" => options with { Mask = EncryptionMask.Layers(TestModel.Layout, "output") },
            "direct" => options with { Protection = JobProtection.Direct },
            "weights" => options with { MaxWeight = 100 },
            _ => options with { Quorum = 2, MinimumContributors = 2 },
        });

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(expected);
    }

    [Fact]
    public async Task JobOfLocalTraining_MayLeaveValuesInClearAndHasWeightsOfOne()
    {
        EncryptionMask mask = EncryptionMask.Layers(TestModel.Layout, "output");
        BenchOptions options = Options(Training() with { PublicMask = OutputLayer }) with { Mask = mask, Protection = JobProtection.Direct };
        Func<Task> unexplained = () => TestBench.CreateAsync(Options(Training()) with { Mask = mask });
        Func<Task> other = () => TestBench.CreateAsync(options with { Mask = EncryptionMask.Layers(TestModel.Layout, "hidden") });
        Func<Task> heavy = () => TestBench.CreateAsync(options with { MaxWeight = 100 });

        using TestBench bench = await TestBench.CreateAsync(options);

        bench.Server.Plan.Remarks.Should().Contain(remark => remark.Contains("by each client alone", StringComparison.Ordinal));
        (await heavy.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.WeightsNotOne);

        // A mask that was chosen by sensitivities of records would tell of them.
        (await unexplained.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.ValuesInClear);
        (await other.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.OtherMask);
    }

    [Fact]
    public async Task Job_WhoseQuorumPermitsMoreDropoutsThanPlanned_IsRefusedWithTheNumberToWrite()
    {
        Func<Task> create = () => TestBench.CreateAsync(PrivacyTermsTests.Options(new FakePrivacy()) with { Quorum = 3, MinimumContributors = 2 });

        PrivacyRefusedException refused = (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which;

        (refused.Error, refused.Needed).Should().Be((PrivacyRefusal.QuorumTooSmall, 2));
        refused.Message.Should().EndWith("Write 2 as the number of dropouts.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Job_WhoseCommitteeReckonsWithMoreColludersThanItsNoise_IsRefusedWithTheNumberToWrite(bool gradients)
    {
        PrivacyTerms few = gradients
            ? PrivacyTerms.ForGradients(8, 1e-5, 1, 10, NoiseMechanism.Skellam, 100, contributors: 7, dropouts: 1, colluders: 1)
            : PrivacyTerms.Create(ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, contributors: 7, dropouts: 1, colluders: 1);
        Func<Task> create = () => CommitteeBench.CreateAsync(new CommitteeOptions
        {
            Clients = 7,
            MaxWeight = 1,
            Quorum = 6,
            Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, few),
            Privacy = new FakePrivacy(),
        });

        PrivacyRefusedException refused = (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which;

        (refused.Error, refused.Needed).Should().Be((PrivacyRefusal.TooFewColluders, 2));
    }

    [Theory]
    [InlineData("gradients", 75)]
    [InlineData("training", 75)]
    [InlineData("noised counts", 84)]
    public async Task Job_WithTermsForRecords_SurvivesItsBytesAndIsNeverReadWithWeakerOnes(string what, int length)
    {
        using TestBench bench = await TestBench.CreateAsync(what switch
        {
            "gradients" => Options(Gradients()),
            "training" => Options(Training()),
            _ => NoisedCountTests.Options(),
        });
        var buffer = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(buffer);
        byte[] bytes = buffer.WrittenSpan.ToArray();

        FederationJob.TryRead(bytes, bench.Context.ParametersId, WireLimits.Default, out FederationJob? same, out FormatError reason).Should().BeTrue("{0}", reason);
        same!.Update.Should().Be(bench.Job.Update);
        int start = bytes.AsSpan().IndexOf(BitConverter.GetBytes(1e-5)) - 9;
        for (int i = start; i < start + length; i++)
        {
            foreach (byte flip in (byte[])[1, 0x80, 0xff])
            {
                byte[] changed = [.. bytes];
                changed[i] ^= flip;
                if (FederationJob.TryRead(changed, bench.Context.ParametersId, WireLimits.Default, out FederationJob? read, out _))
                {
                    read.Digest.Should().NotBe(bench.Job.Digest);
                    read.Update.Privacy.Should().NotBeNull("nothing but a valid object is read at byte {0}", i);
                }
            }
        }
    }

    [Fact]
    public async Task Client_WhoseProviderProtectsByAnotherForm_RefusesToJoinByName()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(Gradients()));
        Action join = () => _ = new FederationClient(bench.ClientSetup(0) with { Privacy = new AccountingAlone() });

        join.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.OtherForm);
    }

    internal static PublicMaskTerms OutputLayer { get; } = new(MaskPolicy.Layers("output"));

    internal static PrivacyTerms Gradients(double epsilon = 8)
        => PrivacyTerms.ForGradients(epsilon, 1e-5, clip: 1, logClipUnits: 10, NoiseMechanism.Skellam, 100, contributors: 4, dropouts: 1, colluders: 1);

    internal static PrivacyTerms Training(double epsilon = 8)
        => PrivacyTerms.ForLocalTraining(epsilon, 1e-5, clip: 1, logClipUnits: 10, variance: 1L << 22, samplingRate: 0.5, steps: 4);

    internal static BenchOptions Options(PrivacyTerms terms, FakePrivacy? privacy = null) => PrivacyTermsTests.Options(privacy ?? new FakePrivacy()) with
    {
        Update = new UpdateTerms(UpdateKind.Difference, terms.IsNoiseShared ? PrivacyTermsTests.Integers : null, terms),
    };

    private sealed class AccountingAlone : IPrivacyProvider, IPrivacyMechanism
    {
        public IPrivacyMechanism Create(FederationJob job) => this;

        public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => 0;
    }
}
