using System.Buffers;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>Where sequences begin and end, and what is charged, follows from the lists alone.</summary>
public sealed class NoiseSequencesTests
{
    [Fact]
    public async Task Sums_OfAllClients_AreRowsOfSequencesThatAreChargedOnce()
    {
        using TestBench bench = await CreateAsync();
        var sequences = new NoiseSequences(bench.Job);

        for (int round = 1; round <= 6; round++)
        {
            sequences.RowOf(round, attempt: 1).Should().Be(round - 1);
            sequences.Add(round, attempt: 1, contributors: 4).Should().Equal(round == 1 ? [Sequence(1)] : []);
            (sequences.Round, sequences.Begin, sequences.Rows).Should().Be((round, 1, round));
        }

        sequences.RowOf(7, attempt: 1).Should().Be(0, "a sequence has 6 rounds");
        sequences.Add(7, attempt: 1, contributors: 4).Should().Equal(Sequence(7));
        (sequences.Begin, sequences.Rows).Should().Be((7, 1));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    public async Task Sum_OfFewer_IsChargedBesideAndEndsItsSequence(int round, int row)
    {
        using TestBench bench = await CreateAsync();
        NoiseSequences sequences = After(bench.Job, round - 1);

        sequences.RowOf(round, attempt: 1).Should().Be(row);
        sequences.Add(round, attempt: 1, contributors: 3).Should().Equal(Sum(round, 3));

        (sequences.Begin, sequences.Rows, sequences.RowOf(round + 1, attempt: 1)).Should().Be((0, 0, 0));
        sequences.Add(round + 1, attempt: 1, contributors: 4).Should().Equal(Sequence(round + 1));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(5, 0)]
    public async Task Attempt_WithoutACommittee_GoesOnWithTheSequenceUpToTheNumberOfTheTerms(int attempt, int row)
    {
        using TestBench bench = await CreateAsync();
        NoiseSequences sequences = After(bench.Job, 1);

        sequences.RowOf(2, attempt).Should().Be(row);
        sequences.Add(2, attempt, contributors: 4).Should().Equal(
            [.. attempt > 1 ? new[] { Sum(2, 3, attempt - 1) } : [], .. row == 0 ? new[] { Sequence(2) } : []]);
        sequences.Begin.Should().Be(row == 0 ? 2 : 1);
    }

    [Fact]
    public async Task Attempt_LaterThanTheLists_IsChargedBeside()
    {
        using TestBench bench = await CreateAsync();
        NoiseSequences sequences = After(bench.Job, 1);

        sequences.Add(2, attempt: 1, contributors: 4, lastAttempt: 4).Should().Equal(Sum(2, 3, 3));
        sequences.Rows.Should().Be(2, "the list is of an attempt that goes on");
    }

    [Fact]
    public async Task Round_WithoutASum_IsChargedOnceAndEndsItsSequence()
    {
        using CommitteeBench bench = await CreateCommitteeAsync();
        NoiseSequences sequences = After(bench.Job, 2);

        sequences.RowOf(3, attempt: 5).Should().Be(2, "members answer once a round, so attempts end nothing");
        sequences.RowOf(5, attempt: 1).Should().Be(0);
        sequences.Add(5, attempt: 2, contributors: 4).Should().Equal(Sum(3, 3), Sum(4, 3), Sequence(5));
        (sequences.Begin, sequences.Rows).Should().Be((5, 1));
    }

    [Theory]
    [InlineData(true, 1, true, true)]
    [InlineData(false, 1, true, true)]
    [InlineData(false, 2, false, true)]
    [InlineData(false, 4, true, true)]
    [InlineData(false, 5, true, false)]
    public async Task Attempt_ThatIsPrepared_MayCostItsSequenceAndASumBesideIt(bool isFirst, int attempt, bool begins, bool beside)
    {
        using TestBench bench = await CreateAsync(dropouts: 0);
        NoiseSequences sequences = After(bench.Job, isFirst ? 0 : attempt == 1 ? 6 : 1);
        int round = sequences.Round + 1;

        sequences.After(round, attempt).Should().Equal(
        [
            .. attempt > 1 ? new[] { Sum(round, 4, attempt - 1) } : [],
            .. begins ? new[] { Sequence(round) } : [],
            .. beside ? new[] { Sum(round, 4) } : [],
        ]);
        sequences.Round.Should().Be(round - 1, "asking changes nothing");
    }

    [Fact]
    public async Task LastAttempt_OfAJobWithDropoutsOrACommittee_MayCostASumBeside()
    {
        using TestBench bench = await CreateAsync();
        using CommitteeBench committee = await CreateCommitteeAsync();

        After(bench.Job, 1).After(2, attempt: 5).Should().Equal(Sum(2, 3, 4), Sequence(2), Sum(2, 3));
        After(committee.Job, 1).After(4, attempt: 3).Should().Equal(Sum(2, 3), Sum(3, 3), Sequence(4), Sum(4, 3));
    }

    [Fact]
    public async Task Job_OfIndependentNoise_HasNoSequences()
    {
        using TestBench bench = await TestBench.CreateAsync(PrivacyTermsTests.Options(new FakePrivacy()));
        Action create = () => _ = new NoiseSequences(bench.Job);

        create.Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("begin without a charge")]
    [InlineData("begin behind the model")]
    [InlineData("longer than a sequence")]
    [InlineData("rounds in another order")]
    [InlineData("charge behind the model")]
    [InlineData("more contributors")]
    [InlineData("more attempts")]
    [InlineData("unknown kind")]
    public async Task Ledger_WhoseSequenceIsNotThatOfItsCharges_IsRefused(string? what)
    {
        using TestBench bench = await CreateAsync();
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteInt32(2);
        Write(writer, what == "rounds in another order" ? 6 : 3, 4, 1, (byte)(what switch { "begin without a charge" => 0, "unknown kind" => 2, _ => 1 }));
        Write(writer, what == "charge behind the model" ? 9 : 5, what == "more contributors" ? 5 : 3, what == "more attempts" ? 6 : 5, 0);
        writer.WriteInt32(what switch { "begin behind the model" => 9, _ => 3 });
        var reader = new WireReader(bytes.WrittenSpan);

        PrivacyLedger ledger = PrivacyLedger.Read(ref reader, bench.Job, modelRound: what == "longer than a sequence" ? 9 : 8);

        reader.ExpectEnd();
        reader.Failed.Should().Be(what is not null);
        if (what is null)
        {
            ((SequenceLedger)ledger).Sequences.Rows.Should().Be(6);
            ledger.Charges.Should().Equal(Sequence(3), Sum(5, 3, 5));
            ledger.With(9, attempt: 1).Should().Equal(Sequence(3), Sum(5, 3, 5), Sequence(9), Sum(9, 3));
            ledger.With(8, attempt: 1).Should().Equal(ledger.Charges, "the round has its sum");
        }

        static void Write(WireWriter writer, int round, int contributors, int count, byte isSequence)
        {
            writer.WriteInt32(round);
            writer.WriteInt32(contributors);
            writer.WriteInt32(count);
            writer.WriteByte(isSequence);
        }
    }

    private static PrivacyCharge Sequence(int round) => new(round, 4, 1) { IsSequence = true };

    private static PrivacyCharge Sum(int round, int contributors, int count = 1) => new(round, contributors, count);

    private static NoiseSequences After(FederationJob job, int rounds)
    {
        var sequences = new NoiseSequences(job);
        for (int round = 1; round <= rounds; round++)
        {
            sequences.Add(round, attempt: 1, contributors: 4);
        }

        return sequences;
    }

    private static Task<TestBench> CreateAsync(int dropouts = 1) => TestBench.CreateAsync(CorrelationTermsTests.Options(dropouts == 1
        ? CorrelationTermsTests.Gradients()
        : PrivacyTerms.ForGradients(100, 1e-5, 1, 10, NoiseMechanism.DiscreteGaussian, 100, 4, 0, 1).WithCorrelation(CorrelationTermsTests.Correlation())) with
    {
        Quorum = 4 - dropouts,
        MinimumContributors = 4 - dropouts,
        Rounds = 20,
    });

    private static Task<CommitteeBench> CreateCommitteeAsync() => CommitteeBench.CreateAsync(new CommitteeOptions
    {
        Clients = 4,
        Quorum = 3,
        MaxWeight = 1,
        Rounds = 20,
        MaxAttempts = 5,
        Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, CorrelationTermsTests.Gradients()),
        Privacy = new FakeCorrelatedPrivacy(),
    });
}
