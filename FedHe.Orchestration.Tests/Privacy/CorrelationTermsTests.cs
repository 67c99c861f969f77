using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>Correlation terms have no defaults, whatever would break their promise is refused by name, and they are part of the job.</summary>
public sealed class CorrelationTermsTests
{
    public static TheoryData<string, PrivacyRefusal> Parts => new()
    {
        { "rounds", PrivacyRefusal.SequenceOutOfRange },
        { "rounds 0", PrivacyRefusal.SequenceOutOfRange },
        { "rounds 10001", PrivacyRefusal.SequenceOutOfRange },
        { "attempts", PrivacyRefusal.SequenceOutOfRange },
        { "attempts 0", PrivacyRefusal.SequenceOutOfRange },
        { "attempts 65", PrivacyRefusal.SequenceOutOfRange },
        { "separation", PrivacyRefusal.ParticipationsOutOfRange },
        { "separation 0", PrivacyRefusal.ParticipationsOutOfRange },
        { "separation 7", PrivacyRefusal.ParticipationsOutOfRange },
        { "participations", PrivacyRefusal.ParticipationsOutOfRange },
        { "participations 1", PrivacyRefusal.ParticipationsOutOfRange },
        { "participations 3", PrivacyRefusal.ParticipationsOutOfRange },
        { "coefficients", PrivacyRefusal.CoefficientsOutOfRange },
        { "no coefficient", PrivacyRefusal.CoefficientsOutOfRange },
        { "denominator 1", PrivacyRefusal.CoefficientsOutOfRange },
        { "denominator 3", PrivacyRefusal.CoefficientsOutOfRange },
        { "denominator 2^19", PrivacyRefusal.CoefficientsOutOfRange },
        { "larger coefficient", PrivacyRefusal.CoefficientsOutOfRange },
        { "smallest coefficient", PrivacyRefusal.CoefficientsOutOfRange },
        { "last 0", PrivacyRefusal.CoefficientsOutOfRange },
        { "more than rounds", PrivacyRefusal.CoefficientsOutOfRange },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void Terms_WithoutAPartOrWithOneOutOfRange_AreRefusedByName(string part, PrivacyRefusal expected)
    {
        Action create = () => CorrelationTerms.Create(
            part switch
            {
                "coefficients" => null,
                "no coefficient" => [],
                "denominator 1" => [1, -1],
                "denominator 3" => [3, -1],
                "denominator 2^19" => [1 << 19, -1],
                "larger coefficient" => [16, -17],
                "smallest coefficient" => [16, long.MinValue, 1],
                "last 0" => [16, -8, 0],
                "more than rounds" => [16, -1, -1, -1, -1, -1, -1],
                _ => [16, -8, -2],
            },
            part switch { "rounds" => null, "rounds 0" => 0, "rounds 10001" => 10_001, _ => 6 },
            part switch { "separation" => null, "separation 0" => 0, "separation 7" => 7, "rounds 10001" => 10_001, _ => 3 },
            part switch { "participations" => null, "participations 1" => 1, "participations 3" => 3, "rounds 10001" => 1, "separation 7" => 1, _ => 2 },
            part switch { "attempts" => null, "attempts 0" => 0, "attempts 65" => 65, _ => 2 });

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(expected);
    }

    [Fact]
    public void Terms_OfLocalTrainingOrOtherNoise_AreRefusedByName()
    {
        CorrelationTerms correlation = Correlation();
        Action local = () => RecordTermsTests.Training().WithCorrelation(correlation);
        Action skellam = () => RecordTermsTests.Gradients().WithCorrelation(correlation);
        Action clients = () => PrivacyTermsTests.Terms().WithCorrelation(correlation);

        local.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.CorrelationNotShared);
        skellam.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.CorrelationNotGaussian);
        clients.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.CorrelationNotGaussian);
    }

    [Theory]
    [InlineData("rotation")]
    [InlineData("adaptive clip")]
    public void Terms_WithAnotherPartBesideTheCorrelation_AreRefusedByName(string part)
    {
        PrivacyTerms gaussian = PrivacyTerms.Create(ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.DiscreteGaussian, 100, 0.5, 4, 1, 1);
        PrivacyTerms correlated = gaussian.WithCorrelation(Correlation());
        PrivacyTerms both = part == "rotation"
            ? correlated with { Rotation = new RotationTerms(1e-9) }
            : correlated with { AdaptiveClip = new AdaptiveClipTerms(0.5, 0.2, bitVariance: 4) };
        _ = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, correlated);

        Action create = () => _ = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, both);

        create.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.PartBesideCorrelation);
    }

    [Fact]
    public async Task Job_WithAnotherRosterThanPlanned_IsRefusedWithTheNumberToWrite()
    {
        Func<Task> create = () => TestBench.CreateAsync(Options(Gradients()) with { Clients = 5, ClientsPerRound = 4 });

        PrivacyRefusedException refused = (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which;

        (refused.Error, refused.Needed).Should().Be((PrivacyRefusal.OtherRoster, 5));
        refused.Message.Should().EndWith("Write 5 as the number of contributors.");
    }

    [Fact]
    public void Rounds_OfOnePart_AreTheSeparationApart()
    {
        CorrelationTerms terms = CorrelationTerms.Create([16, -8], rounds: 100, separation: 7, participations: 15, attempts: 1);

        for (long place = 0; place < 50; place++)
        {
            int[] rounds = [.. Enumerable.Range(1, 200).Where(round => terms.PartOf(round).Holds(place))];

            rounds.Zip(rounds.Skip(1)).Should().OnlyContain(pair => pair.Second - pair.First == 7);
            for (int begin = 1; begin <= 100; begin++)
            {
                rounds.Count(round => round >= begin && round < begin + 100).Should().BeLessThanOrEqualTo(15);
            }
        }

        Enumerable.Range(0, 7).Select(place => Enumerable.Range(1, 7).Count(round => terms.PartOf(round).Holds(place))).Should().OnlyContain(count => count == 1);
    }

    [Fact]
    public void Bytes_OfTerms_AreThese()
    {
        var terms = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTerms.Create(
            ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.DiscreteGaussian, 100, 0, 4, 1, 1).WithCorrelation(Correlation()));
        var bytes = new ArrayBufferWriter<byte>();

        terms.Write(new WireWriter(bytes));

        Convert.ToHexStringLower(bytes.WrittenSpan).Should().Be(
            "0201000000000000503f0040000000000000" + "0201" + "0000000000002040f168e388b5f8e43e000000000000f03f" + "010000000000005940" + "0000000000000000"
            + "040000000100000001000000" + "08" + "06000000" + "03000000" + "02000000" + "02000000" + "03000000" + "1000000000000000" + "f8ffffffffffffff" + "feffffffffffffff");
        var reader = new WireReader(bytes.WrittenSpan);
        UpdateTerms.Read(ref reader).Should().Be(terms);
    }

    [Fact]
    public async Task Job_WithCorrelatedNoise_SurvivesItsBytesAndIsNeverReadWithWeakerTerms()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(Gradients()));
        using TestBench other = await TestBench.CreateAsync(Options(Gradients()));
        var buffer = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(buffer);
        byte[] bytes = buffer.WrittenSpan.ToArray();

        FederationJob.TryRead(bytes, bench.Context.ParametersId, WireLimits.Default, out FederationJob? same, out FormatError reason).Should().BeTrue("{0}", reason);
        same!.Update.Should().Be(bench.Job.Update).And.Be(other.Job.Update);
        same.Update.GetHashCode().Should().Be(bench.Job.Update.GetHashCode());
        int start = bytes.AsSpan().IndexOf(BitConverter.GetBytes(1e-5)) - 10;
        for (int i = start; i < start + 130; i++)
        {
            foreach (byte flip in (byte[])[1, 2, 0x80, 0xff])
            {
                byte[] changed = [.. bytes];
                changed[i] ^= flip;
                if (FederationJob.TryRead(changed, bench.Context.ParametersId, WireLimits.Default, out FederationJob? read, out _))
                {
                    read.Digest.Should().NotBe(bench.Job.Digest);
                    read.Update.Privacy!.Correlation.Should().NotBeNull("nothing but a valid object is read at byte {0}", i);
                }
            }
        }

        for (int length = start; length < bytes.Length; length++)
        {
            FederationJob.TryRead(bytes.AsSpan(0, length), bench.Context.ParametersId, WireLimits.Default, out _, out _).Should().BeFalse();
        }
    }

    [Fact]
    public async Task Client_WhoseProviderKnowsNothingOfSequences_RefusesToJoinByName()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(Gradients()));
        Action join = () => _ = new FederationClient(bench.ClientSetup(0) with { Privacy = new FakePrivacy() });

        join.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.OtherForm);
    }

    [Fact]
    public async Task Client_WhoseBudgetHoldsNoSequence_RefusesToJoinByName()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(Gradients(epsilon: 3)));
        Func<Task> join = () => TestBench.CreateAsync(Options(Gradients(epsilon: 2.9)));

        (await join.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.BudgetTooSmall, "the sequence costs 2, and a sum beside it 1");
    }

    [Theory]
    [InlineData(false, "an attempt beyond the first 2")]
    [InlineData(true, "charged as a whole")]
    public async Task Plan_OfAJob_SaysWhatEndsASequence(bool committee, string expected)
    {
        if (committee)
        {
            using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions
            {
                Clients = 4,
                Quorum = 3,
                MaxWeight = 1,
                Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, Gradients()),
                Privacy = new FakeCorrelatedPrivacy(),
            });
            bench.Server.Plan.Remarks.Should().Contain(remark => remark.Contains(expected, StringComparison.Ordinal)).And.NotContain(remark => remark.Contains("attempt beyond", StringComparison.Ordinal));
        }
        else
        {
            using TestBench bench = await TestBench.CreateAsync(Options(Gradients()));
            bench.Server.Plan.Remarks.Should().Contain(remark => remark.Contains(expected, StringComparison.Ordinal));
        }
    }

    internal static CorrelationTerms Correlation(int attempts = 2, int rounds = 6) => CorrelationTerms.Create([16, -8, -2], rounds, 3, (rounds + 2) / 3, attempts);

    internal static PrivacyTerms Gradients(double epsilon = 100, int attempts = 2, int rounds = 6) => PrivacyTerms.ForGradients(
        epsilon, 1e-5, clip: 1, logClipUnits: 10, NoiseMechanism.DiscreteGaussian, 100, contributors: 4, dropouts: 1, colluders: 1).WithCorrelation(Correlation(attempts, rounds));

    internal static PrivacyTerms Differences(double epsilon = 100) => PrivacyTerms.Create(
        ProtectedUnit.Client, epsilon, 1e-5, 1, NoiseMechanism.DiscreteGaussian, 100, 0.5, 4, 1, 1).WithCorrelation(Correlation());

    internal static BenchOptions Options(PrivacyTerms terms, FakeCorrelatedPrivacy? privacy = null) => PrivacyTermsTests.Options(new FakePrivacy()) with
    {
        Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, terms),
        Privacy = privacy ?? new FakeCorrelatedPrivacy(),
        MaxAttempts = 5,
    };
}
