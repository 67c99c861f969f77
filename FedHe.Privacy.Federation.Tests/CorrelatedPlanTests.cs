using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Correlation;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Federation.Planning;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>Plans of correlated noise spend their budget and no more, and say what the correlation is worth.</summary>
public sealed class CorrelatedPlanTests
{
    private const int Dimension = 1000;
    private static readonly PrivacyBudget Records = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, epsilon: 8, delta: 1e-5, clip: 1);
    private static readonly PrivacyBudget Clients = PrivacyBudget.ForClients(epsilon: 8, delta: 1e-5, clip: 1);

    [Theory]
    [InlineData(true, 1, 0, 1)]
    [InlineData(true, 1, 1, 1)]
    [InlineData(true, 3, 5, 4)]
    [InlineData(false, 1, 1, 1)]
    [InlineData(false, 2, 10, 3)]
    public void Plan_ForSequencesAndSumsBesideThem_SpendsTheBudgetInThemAndNotInOneMore(bool records, int sequences, int beside, int attempts)
    {
        CorrelatedPrivacyPlan plan = PlanOf(records, Requirements(sequences, beside, attempts));
        var releases = new CorrelatedReleases(plan.Update.Privacy!, plan.Update.Integers!, Dimension);
        PrivacyCharge sequence = new(1, 10, sequences) { IsSequence = true };
        PrivacyCharge sum = new(1, 8, Math.Max(1, beside));
        PrivacyCharge[] charges = beside == 0 ? [sequence] : [sequence, sum];

        releases.EpsilonOf(charges).Should().BeInRange(0.99 * Records.Epsilon, Records.Epsilon);
        releases.EpsilonOf([.. charges, sum with { Count = 1 }]).Should().BeGreaterThan(Records.Epsilon);
        releases.EpsilonOf([.. charges, sequence with { Count = 1 }]).Should().BeGreaterThan(Records.Epsilon);
        releases.EpsilonOf([]).Should().Be(0);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(10)]
    public void Correlation_OverAHundredRounds_IsWorthWhatItIsWorthInTheLibrary(int separation)
    {
        CorrelatedPrivacyPlan plan = PlanOf(records: true, Requirements() with { Separation = separation });
        var schedule = new ParticipationSchedule(100, separation, 100 / separation);
        IntegerCorrelation exact = IntegerCorrelation.Create(NoiseCorrelation.OptimizedBanded(separation), schedule, denominatorBits: 16, memory: 100);
        double last = exact.RunningSumVariance(99) / (100.0 * schedule.Participations);

        plan.LastVariance.Should().BeInRange(last, 1.35 * last, "the budget also pays for a sum beside the sequence, and there is a dither");
        plan.MeanVariance.Should().BeLessThan(0.25);
        plan.Correlation.Should().Be($"optimized, {separation} bands");
        plan.LastVarianceBesideAll.Should().BeApproximately(plan.LastVariance * separation, 0.3 * plan.LastVariance * separation).And.BeGreaterThan(1);
    }

    [Fact]
    public void Correlation_OfUnitsThatTakePartInEveryRound_IsWorthNothing()
        => PlanOf(records: true, Requirements() with { Rounds = 20, Separation = 1 }).LastVariance.Should().BeInRange(0.95, 1.05);

    [Fact]
    public void Coefficients_ThatAreCoarser_LeaveMoreRoomInTheIntegers()
    {
        CorrelatedPrivacyPlan fine = PlanOf(records: true, Requirements() with { DenominatorBits = 10 });
        CorrelatedPrivacyPlan coarse = PlanOf(records: true, Requirements() with { DenominatorBits = 7 });

        coarse.Update.Integers!.Bound.Should().BeLessThan(fine.Update.Integers!.Bound / 7);
        (coarse.Update.Integers.Step * 128).Should().BeApproximately(fine.Update.Integers.Step * 1024, 1e-18);
        coarse.LastVariance.Should().BeInRange(1.2 * fine.LastVariance, 1.5 * fine.LastVariance, "rounding coefficients costs something");
    }

    [Fact]
    public void Integers_ThatWouldNotHoldFineCoefficients_GetCoarserOnesOrAreRefusedByName()
    {
        CorrelatedPrivacyPlan plan = Large(bits: null);
        Action fine = () => Large(bits: 10);

        plan.Update.Privacy!.Correlation!.Denominator.Should().BeLessThan(1 << 10);
        plan.Update.Integers!.Bound.Should().BeLessThanOrEqualTo(1L << 31);
        fine.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.RangeTooSmall);

        static CorrelatedPrivacyPlan Large(int? bits) => RecordPrivacyPlan.ForCorrelatedGradients(
            Records, Requirements() with { DenominatorBits = bits }, Dimension, 10, 2, 1, learningRate: 0.5, recordsOfPart: 4000);
    }

    [Fact]
    public void Plan_OfImpossibleNumbers_IsRefusedByName()
    {
        Action sequences = () => PlanOf(true, Requirements(sequences: 0));
        Action beside = () => PlanOf(true, Requirements(beside: -1));
        Action separation = () => PlanOf(true, Requirements() with { Separation = 101 });
        Action none = () => PlanOf(false, Requirements() with { Separation = 0 });
        Action attempts = () => PlanOf(true, Requirements(attempts: 65));
        Action form = () => RecordPrivacyPlan.ForCorrelatedGradients(Clients, Requirements(), Dimension, 10, 2, 1, 0.5, 10);
        Action unit = () => ClientPrivacyPlan.CreateCorrelated(Records, Requirements(), Dimension, 10, 2, 1);
        Action parties = () => ClientPrivacyPlan.CreateCorrelated(Clients, Requirements(), Dimension, 10, 9, 1);

        sequences.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("Sequences");
        beside.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("SumsBeside");
        separation.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.ParticipationsOutOfRange);
        none.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.ScheduleOutOfRange);
        attempts.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.SequenceOutOfRange);
        form.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.RecordFormMismatch);
        unit.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.RecordFormMismatch);
        parties.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.PartiesOutOfRange);
    }

    [Fact]
    public void Terms_WhoseCoefficientsNoNoiseProtects_AreRefusedByName()
    {
        CorrelatedPrivacyPlan plan = PlanOf(records: true, Requirements());
        PrivacyTerms hostile = plan.Update.Privacy!.WithCorrelation(CorrelationTerms.Create([2, .. Enumerable.Repeat(-2L, 999)], 10_000, 10_000, 1, 1));
        Action create = () => _ = new CorrelatedReleases(hostile, plan.Update.Integers!, Dimension);

        create.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.CorrelationOutOfRange);
    }

    [Fact]
    public void Mechanism_NeverExceedsTheBoundOrRepeatsItsNoiseAndMovesLargeSumsIntoTheirHalf()
    {
        UpdateTerms update = PlanOf(records: true, Requirements()).Update;
        using var mechanism = CorrelatedGradientMechanism.Of(update.Privacy!, update.Integers!, Dimension);
        (long[] first, long[] second, long[] large) = (new long[Dimension], new long[Dimension], new long[Dimension]);

        mechanism.AddNoise(new long[Dimension], first);
        mechanism.AddNoise(new long[Dimension], second);
        mechanism.AddNoise([.. Enumerable.Repeat(long.MaxValue, Dimension)], large);

        first.Should().NotEqual(second);
        mechanism.Rows.Should().Be(0);
        first.Concat(second).Concat(large).Should().OnlyContain(value => Math.Abs(value) <= update.Integers!.Bound).And.Contain(value => value != 0);
        double deviation = Math.Sqrt(SequenceStatistics.Covariance(SequenceStatistics.PlanOf(update, Dimension), 0, 0, 1) / Dimension);
        large.Average().Should().BeApproximately(update.Integers!.Bound / 2, 7 * deviation);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Mechanism_OfADifferenceWithoutAFiniteNorm_SendsZerosAndNoise(double value)
    {
        UpdateTerms update = PlanOf(records: false, Requirements()).Update;
        using var mechanism = CorrelatedDifferenceMechanism.Of(update.Privacy!, update.Integers!, Dimension);
        double[] difference = [.. Enumerable.Repeat(value, Dimension)];
        var integers = new long[Dimension];

        mechanism.Privatize(difference, place: default, integers);

        difference.Should().OnlyContain(one => one == 0);
        integers.Should().Contain(one => one != 0);
    }

    private static CorrelationRequirements Requirements(int sequences = 1, int beside = 1, int attempts = 1)
        => new() { Rounds = 100, Separation = 20, Sequences = sequences, SumsBeside = beside, Attempts = attempts };

    private static CorrelatedPrivacyPlan PlanOf(bool records, CorrelationRequirements requirements) => records
        ? RecordPrivacyPlan.ForCorrelatedGradients(Records, requirements, Dimension, contributors: 10, dropouts: 2, colluders: 1, learningRate: 0.5, recordsOfPart: 20)
        : ClientPrivacyPlan.CreateCorrelated(Clients, requirements, Dimension, contributors: 10, dropouts: 2, colluders: 1);
}
