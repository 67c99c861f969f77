using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>Privacy terms have no defaults, and whatever contradicts a promise is refused by name.</summary>
public sealed class PrivacyTermsTests
{
    internal static IntegerTerms Integers { get; } = new(1.0 / 1024, bound: 16 * 1024);

    public static TheoryData<string, PrivacyRefusal> Parts => new()
    {
        { "unit", PrivacyRefusal.UnitMissing },
        { "unknown unit", PrivacyRefusal.UnitMissing },
        { "epsilon", PrivacyRefusal.EpsilonOutOfRange },
        { "epsilon 0", PrivacyRefusal.EpsilonOutOfRange },
        { "epsilon NaN", PrivacyRefusal.EpsilonOutOfRange },
        { "epsilon infinite", PrivacyRefusal.EpsilonOutOfRange },
        { "delta", PrivacyRefusal.DeltaOutOfRange },
        { "delta 0", PrivacyRefusal.DeltaOutOfRange },
        { "delta 1", PrivacyRefusal.DeltaOutOfRange },
        { "clip", PrivacyRefusal.ClipOutOfRange },
        { "clip 0", PrivacyRefusal.ClipOutOfRange },
        { "clip subnormal", PrivacyRefusal.ClipOutOfRange },
        { "mechanism", PrivacyRefusal.MechanismMissing },
        { "variance", PrivacyRefusal.VarianceOutOfRange },
        { "variance 0", PrivacyRefusal.VarianceOutOfRange },
        { "retry", PrivacyRefusal.RetryProbabilityOutOfRange },
        { "retry 0.91", PrivacyRefusal.RetryProbabilityOutOfRange },
        { "contributors", PrivacyRefusal.PartiesOutOfRange },
        { "dropouts", PrivacyRefusal.PartiesOutOfRange },
        { "colluders", PrivacyRefusal.PartiesOutOfRange },
        { "colluders 0", PrivacyRefusal.PartiesOutOfRange },
        { "nobody left", PrivacyRefusal.PartiesOutOfRange },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void Terms_WithoutAPartOrWithOneOutOfRange_AreRefusedByName(string part, PrivacyRefusal expected)
    {
        Action create = () => PrivacyTerms.Create(
            part switch { "unit" => null, "unknown unit" => (ProtectedUnit)3, _ => ProtectedUnit.Client },
            part switch { "epsilon" => null, "epsilon 0" => 0, "epsilon NaN" => double.NaN, "epsilon infinite" => double.PositiveInfinity, _ => 8 },
            part switch { "delta" => null, "delta 0" => 0, "delta 1" => 1, _ => 1e-5 },
            part switch { "clip" => null, "clip 0" => 0, "clip subnormal" => double.Epsilon, _ => 1 },
            part == "mechanism" ? null : NoiseMechanism.Skellam,
            part switch { "variance" => null, "variance 0" => 0, _ => 100 },
            part switch { "retry" => null, "retry 0.91" => 0.91, _ => 0.5 },
            part == "contributors" ? null : 4,
            part switch { "dropouts" => null, "nobody left" => 3, _ => 1 },
            part switch { "colluders" => null, "colluders 0" => 0, _ => 1 });

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(expected);
    }

    [Fact]
    public void Terms_ForModelsOrRealNumbers_AreRefusedByName()
    {
        PrivacyTerms privacy = Terms();
        Action models = () => _ = new UpdateTerms(UpdateKind.Model, Integers, privacy);
        Action reals = () => _ = new UpdateTerms(UpdateKind.Difference, integers: null, privacy);

        models.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NotDifferences);
        reals.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NotIntegers);
    }

    [Theory]
    [InlineData("weights", PrivacyRefusal.WeightsNotOne)]
    [InlineData("hidden", PrivacyRefusal.WeightsNotOne)]
    [InlineData("mask", PrivacyRefusal.ValuesInClear)]
    [InlineData("direct", PrivacyRefusal.NotUnderRoundKeys)]
    [InlineData("contributors", PrivacyRefusal.OtherContributors)]
    [InlineData("quorum", PrivacyRefusal.QuorumTooSmall)]
    [InlineData("minimum", PrivacyRefusal.QuorumTooSmall)]
    public async Task Job_ThatContradictsItsPrivacyTerms_IsRefusedByName(string what, PrivacyRefusal expected)
    {
        BenchOptions options = Options(new FakePrivacy());
        Func<Task> create = () => TestBench.CreateAsync(what switch
        {
            "weights" => options with { MaxWeight = 100 },
            "hidden" => options with { Weighting = Weighting.Hidden },
            "mask" => options with { Mask = EncryptionMask.Layers(TestModel.Layout, "output") },
            "direct" => options with { Protection = JobProtection.Direct },
            "contributors" => options with { Clients = 5, ClientsPerRound = 5 },
            "quorum" => options with { Quorum = 2, MinimumContributors = 2 },
            _ => options with { MinimumContributors = 2 },
        });

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(expected);
    }

    [Fact]
    public async Task Job_WithMoreColludersThanCorruptMembers_IsRefusedByName()
    {
        PrivacyTerms privacy = PrivacyTerms.Create(ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, contributors: 5, dropouts: 1, colluders: 2);
        Func<Task> create = () => CommitteeBench.CreateAsync(new CommitteeOptions
        {
            MaxWeight = 1,
            Quorum = 4,
            Update = new UpdateTerms(UpdateKind.Difference, Integers, privacy),
            Privacy = new FakePrivacy(),
        });

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.TooManyColluders);
    }

    [Fact]
    public async Task Client_WithoutAProvider_RefusesToJoinByName()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()));
        Action join = () => _ = new FederationClient(bench.ClientSetup(0) with { Privacy = null });

        join.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.NoProvider);
    }

    [Fact]
    public async Task Client_WhoseBudgetFitsNoRound_RefusesToJoinByName()
    {
        Func<Task> create = () => TestBench.CreateAsync(Options(new FakePrivacy(), Terms(epsilon: 1.2)));

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.BudgetTooSmall, "a sum of three costs 4/3");
    }

    [Fact]
    public async Task Client_OfAJobWithAnotherClip_IsRefusedByTheServer()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()));
        FederationJob own = bench.Job;
        PrivacyTerms other = PrivacyTerms.Create(ProtectedUnit.Client, 8, 1e-5, clip: 2, NoiseMechanism.Skellam, 100, 0.5, 4, 1, 1);
        var forked = new FederationJob(
            own.JobId, own.Authority, own.ServerKey, own.Roster, own.Terms, own.InitialModelDigest, own.Settings, update: new UpdateTerms(UpdateKind.Difference, Integers, other));
        var client = new FederationClient(bench.ClientSetup(0) with { Job = forked });

        bench.ReasonIn(bench.Server.Receive(client.Announce())).Should().Be(RefusalReason.WrongJob);
    }

    [Fact]
    public async Task Job_WithPrivacyTerms_SurvivesItsBytesAndSaysWhatItPromises()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()));
        var bytes = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(bytes);

        FederationJob.TryRead(bytes.WrittenSpan, bench.Context.ParametersId, WireLimits.Default, out FederationJob? read, out FormatError reason).Should().BeTrue("{0}", reason);

        read.Should().Be(bench.Job);
        read!.Update.Should().Be(bench.Job.Update);
        bench.Server.Plan.Remarks.Should().Contain(remark => remark.Contains("(8, 1E-05)-differential privacy of every client", StringComparison.Ordinal));
    }

    [Fact]
    public async Task List_OfMoreClientsThanARoundAsks_IsRefusedAlsoWhereTheRoundKeysWouldServeIt()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()) with { Clients = 5, ClientsPerRound = 4 });
        var buffer = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(buffer);
        byte[] bytes = buffer.WrittenSpan.ToArray();
        byte[] wider = BytesOf(FederationJob.PlanRoundKeys(bench.Job.Settings with { ClientsPerRound = 5 }, bench.Job.Terms, bench.Job.Update));
        wider.CopyTo(bytes, bytes.AsSpan().IndexOf(BytesOf(bench.Job.RoundKeyParameters!)));
        FederationJob.TryRead(bytes, bench.Context.ParametersId, WireLimits.Default, out FederationJob? job, out FormatError reason).Should().BeTrue("{0}", reason);
        job!.RoundKeyParameters!.MaxContributors.Should().Be(5);
        ContributorList List(int contributors) => new(
            1, 1, 1, job.StartDigest, [.. bench.Identities.Take(contributors).Select(identity => new Contributor(identity.Client, 1, default))], [], default, []);

        ListRules.Check(List(4), job, 1, job.StartDigest).Should().BeNull();
        ListRules.Check(List(5), job, 1, job.StartDigest).Should().Be(IgnoredReason.BadAggregate);
    }

    [Fact]
    public async Task Job_WhoseBytesAreChanged_IsNeverReadWithWeakerTerms()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new FakePrivacy()));
        var buffer = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(buffer);
        byte[] bytes = buffer.WrittenSpan.ToArray();
        int start = bytes.AsSpan().IndexOf(BitConverter.GetBytes(1.0 / 1024)) - 2;
        for (int i = start; i < start + 80; i++)
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

    internal static PrivacyTerms Terms(double epsilon = 8)
        => PrivacyTerms.Create(ProtectedUnit.Client, epsilon, 1e-5, clip: 1, NoiseMechanism.Skellam, 100, 0.5, contributors: 4, dropouts: 1, colluders: 1);

    internal static BenchOptions Options(FakePrivacy privacy, PrivacyTerms? terms = null) => new()
    {
        Scheme = "ckks",
        Protection = JobProtection.RoundKeys,
        MaxWeight = 1,
        Quorum = 3,
        MinimumContributors = 3,
        Rounds = 3,
        Update = new UpdateTerms(UpdateKind.Difference, Integers, terms ?? Terms()),
        Privacy = privacy,
    };

    private static byte[] BytesOf(KeyAdditiveParameters parameters)
    {
        var bytes = new ArrayBufferWriter<byte>();
        parameters.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
