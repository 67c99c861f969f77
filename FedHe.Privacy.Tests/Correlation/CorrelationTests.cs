using FedHe.Privacy.Correlation;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Correlation;

/// <summary>Correlated noise: its sensitivity is that of the rounded matrix, its sums carry less noise, and plans that fail are charged.</summary>
public sealed class CorrelationTests
{
    private static readonly GridSensitivity One = new(10, 10);

    public static TheoryData<NoiseCorrelation> Correlations =>
        [NoiseCorrelation.Independent, NoiseCorrelation.Banded(8), NoiseCorrelation.Banded(100), NoiseCorrelation.OptimizedBanded(8), NoiseCorrelation.Buffered(4)];

    [Theory]
    [MemberData(nameof(Correlations))]
    public void Sensitivity_OfTheRoundedMatrix_BoundsEveryParticipation(NoiseCorrelation correlation)
    {
        var schedule = new ParticipationSchedule(rounds: 14, separation: 3, participations: 4);
        IntegerCorrelation rounded = IntegerCorrelation.Create(correlation, schedule, denominatorBits: 6, memory: 14);
        double[] column = Toeplitz.Inverse([.. rounded.Coefficients.Select(one => (double)one / rounded.Denominator)], 14);
        double worst = 0;
        for (int pattern = 0; pattern < 1 << 14; pattern++)
        {
            int[] rounds = [.. Enumerable.Range(0, 14).Where(round => (pattern >> round & 1) == 1)];
            if (rounds.Length <= 4 && rounds.Zip(rounds.Skip(1)).All(pair => pair.Second - pair.First >= 3))
            {
                worst = Math.Max(worst, WorstSigns(column, rounds));
            }
        }

        rounded.Sensitivity.Should().BeGreaterThanOrEqualTo(worst).And.BeLessThan(worst * 1.2);
    }

    [Fact]
    public void Sensitivity_OfFewBands_IsThatOfOneColumnTimesTheRootOfParticipations()
    {
        var schedule = new ParticipationSchedule(64, separation: 8, participations: 8);
        IntegerCorrelation rounded = IntegerCorrelation.Create(NoiseCorrelation.Banded(8), schedule, denominatorBits: 18, memory: 64);
        double norm = Math.Sqrt(NoiseCorrelation.Banded(8).Column(64).Sum(one => one * one));
        rounded.Sensitivity.Should().BeApproximately(norm * Math.Sqrt(8), 0.02);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(1000, 2)]
    [InlineData(1000, 3)]
    public void Banded_Column_HasTheCoefficientsOfTheSquareRoot(int length, int index)
    {
        double[] column = NoiseCorrelation.Banded(length).Column(length);
        column[index].Should().BeApproximately(new[] { 1, 0.5, 0.375, 0.3125 }[index], 1e-15);
        double[] sums = new double[length];
        for (int i = 0; i < length; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                sums[i] += column[j] * column[i - j];
            }
        }

        sums.Should().OnlyContain(one => Math.Abs(one - 1) < 1e-9, "its square is the matrix of running sums");
    }

    [Fact]
    public void Buffered_Column_FollowsTheSquareRoot()
    {
        double[] root = NoiseCorrelation.Banded(1000).Column(1000);
        double[] buffered = NoiseCorrelation.Buffered(8).Column(1000);
        buffered[0].Should().BeApproximately(1, 1e-12);
        for (int j = 1; j < 1000; j++)
        {
            buffered[j].Should().BeInRange(root[j] * 0.8, root[j] * 1.2).And.BeLessThanOrEqualTo(buffered[j - 1]);
        }
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(20, 5)]
    public void RunningSums_OverAHundredRounds_CarryLessNoiseThanIndependentOnes(int separation, int participations)
    {
        var schedule = new ParticipationSchedule(100, separation, participations);
        double independent = LargestVariance(NoiseCorrelation.Independent, schedule);
        independent.Should().BeApproximately(100 * participations, 1e-3);
        LargestVariance(NoiseCorrelation.Banded(separation), schedule).Should().BeLessThan(independent / 2);
        LargestVariance(NoiseCorrelation.Buffered(4), schedule).Should().BeLessThan(independent / 2);
    }

    [Theory]
    [InlineData(100, 20, 5)]
    [InlineData(100, 10, 10)]
    [InlineData(300, 50, 6)]
    public void RunningSums_OfOptimizedBands_CarryLessNoiseThanThoseOfTheSquareRoot(int rounds, int separation, int participations)
    {
        var schedule = new ParticipationSchedule(rounds, separation, participations);
        double optimized = MeanVariance(NoiseCorrelation.OptimizedBanded(separation), schedule);
        double closed = MeanVariance(NoiseCorrelation.Banded(separation), schedule);
        optimized.Should().BeLessThan(0.99 * closed);

        // No coefficient moved by a little makes it smaller.
        double[] column = NoiseCorrelation.OptimizedBanded(separation).Column(rounds);
        double best = MeanVariance(column);
        for (int i = 1; i < separation; i++)
        {
            foreach (double change in new[] { 1e-3, -1e-3 })
            {
                double[] moved = [.. column];
                moved[i] += change;
                MeanVariance(moved).Should().BeGreaterThan(best, $"coefficient {i}");
            }
        }
    }

    [Fact]
    public void RunningSums_OfUnitsThatTakePartInEveryRound_GainNothing()
    {
        var schedule = new ParticipationSchedule(100, separation: 1, participations: 100);
        double independent = LargestVariance(NoiseCorrelation.Independent, schedule);
        LargestVariance(NoiseCorrelation.Banded(2), schedule).Should().BeGreaterThan(independent);
    }

    [Fact]
    public void Sequence_OfAllParties_HasTheNoiseOfThePlan()
    {
        const int Dimension = 20_000;
        const int Parties = 3;
        CorrelatedNoisePlan plan = Plan(Dimension, Parties);
        CorrelatedNoiseBuffer[] buffers = [.. Enumerable.Range(0, Parties).Select(_ => new CorrelatedNoiseBuffer(plan))];
        double d = plan.Correlation.Denominator;
        var running = new double[Dimension];
        for (int round = 0; round < 4; round++)
        {
            var sum = new long[Dimension];
            foreach (CorrelatedNoiseBuffer buffer in buffers)
            {
                var values = new long[Dimension];
                values.AsSpan().Fill(7);
                buffer.AddTo(values);
                buffer.Keep();
                for (int i = 0; i < Dimension; i++)
                {
                    sum[i] += values[i];
                }
            }

            for (int i = 0; i < Dimension; i++)
            {
                running[i] += (sum[i] / d) - (7 * Parties);
            }

            double scale = Parties * plan.Fresh.Variance / (plan.Correlation.Sensitivity * plan.Correlation.Sensitivity);
            double expected = (plan.Correlation.RunningSumVariance(round) * scale) + ((round + 1) * Parties * plan.Dither.Variance / (d * d));
            (running.Average(one => one * one) / expected).Should().BeApproximately(1, 6 * Math.Sqrt(2.0 / Dimension));
        }
    }

    [Fact]
    public void Dither_IsWideEnoughToHideEarlierNoiseModuloTheDenominator()
    {
        CorrelatedNoisePlan plan = Plan(dimension: 1, parties: 3);
        double sum = plan.Correlation.MagnitudeSum;
        ((sum * sum / plan.Dither.Variance) + (1 / plan.Fresh.Variance)).Should().BeLessThanOrEqualTo(1 / (1.75 * 1.75));
        (plan.Dither.Variance / (plan.Correlation.Denominator * plan.Correlation.Denominator) / plan.Fresh.Variance).Should().BeLessThan(0.01, "it costs little");
    }

    [Fact]
    public void SecondRound_ModuloTheDenominator_TellsNothingOfTheFirst()
    {
        // The attack: W_1 is -D/2, so that without a dither the second round modulo D tells whether the noise of the first one is odd, and with it whether
        // the contribution is.
        const int Dimension = 4000;
        CorrelatedNoisePlan plan = Plan(Dimension, parties: 1);
        double d = plan.Correlation.Denominator;
        plan.Correlation.Coefficients[1].Should().Be((long)(-d / 2));
        using var buffer = new CorrelatedNoiseBuffer(plan);
        long[] first = [.. Enumerable.Range(0, Dimension).Select(i => i % 2L)];
        buffer.AddTo(first);
        buffer.Keep();
        var second = new long[Dimension];
        buffer.AddTo(second);
        int right = 0;
        for (int i = 0; i < Dimension; i++)
        {
            long noise = (long)Math.Round(second[i] / (d / 2)) & 1;
            long guess = ((long)Math.Round(first[i] / d) - noise) & 1;
            right += guess == i % 2 ? 1 : 0;
        }

        right.Should().BeInRange((Dimension / 2) - 200, (Dimension / 2) + 200, "guessing is right half of the time");
    }

    [Fact]
    public void Attempt_ThatIsNotKept_LeavesNoNoiseBehind()
    {
        CorrelatedNoisePlan plan = Plan(dimension: 2000, parties: 1, participants: 1);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        var first = new long[2000];
        var second = new long[2000];
        buffer.AddTo(first);
        buffer.AddTo(second);
        first.Should().NotEqual(second);
        buffer.Round.Should().Be(0);
        double variance = second.Average(one => (double)one * one) / Math.Pow(plan.Correlation.Denominator, 2);
        (variance / plan.FirstRoundVariance).Should().BeApproximately(1, 6 * Math.Sqrt(2.0 / 2000), "no noise of the failed attempt is in it");
        buffer.Keep();
        buffer.Restart();
        buffer.Round.Should().Be(0);
        Action keep = buffer.Keep;
        keep.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Buffers_OverLongSequences_KeepAsManySeedsAsMatter()
    {
        var schedule = new ParticipationSchedule(5, 1, 1);
        IntegerCorrelation correlation = IntegerCorrelation.Create(NoiseCorrelation.Buffered(2), schedule, 8, memory: 2);
        CorrelatedNoisePlan plan = CorrelatedNoisePlan.Create(correlation, 4, 1, 0, One, 8);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        for (int round = 0; round < 5; round++)
        {
            buffer.AddTo(new long[8]);
            buffer.Keep();
        }

        Refusal.Of(() => buffer.AddTo(new long[8]), PrivacyError.ScheduleOutOfRange);
        buffer.Restart();
        Refusal.Of(() => buffer.AddTo(new long[9]), PrivacyError.WrongLength);
    }

    [Fact]
    public void Sequence_Described_CostsItsMultiplierAndDeviationsCostMore()
    {
        CorrelatedNoisePlan plan = Plan(dimension: 100, parties: 4, colluders: 1);
        MatrixRelease release = plan.Describe();
        release.NoiseMultiplier.Should().BeApproximately(4, 1e-6);
        release.Distance.Should().BePositive().And.BeLessThan(1e-15);
        DiscreteGaussianRelease deviation = plan.DescribeDeviation(3);
        double fresh = Math.Sqrt(2 * (plan.Fresh.Variance + (plan.Dither.Variance / Math.Pow(plan.Correlation.Denominator, 2)))) / One.Two;
        deviation.NoiseMultiplier.Should().BeLessThan(fresh, "earlier rounds of the unit count as well").And.BeGreaterThan(fresh / 20);
        Refusal.Of(() => plan.DescribeDeviation(1), PrivacyError.TooFewContributors);
        Refusal.Of(() => plan.DescribeDeviation(4), PrivacyError.PartiesOutOfRange);
    }

    [Fact]
    public void Guard_OfASchedule_RefusesUnitsThatComeTooSoonOrTooOften()
    {
        var guard = new ParticipationGuard(new ParticipationSchedule(10, separation: 3, participations: 2));
        guard.Record("a", 1);
        guard.Allows("a", 3).Should().BeFalse();
        Refusal.Of(() => guard.Record("a", 3), PrivacyError.ParticipationRefused);
        guard.Record("b", 3);
        guard.Record("a", 4);
        Refusal.Of(() => guard.Record("a", 9), PrivacyError.ParticipationRefused);
        Refusal.Of(() => guard.Record("c", 10), PrivacyError.ParticipationRefused);
        Refusal.Of(() => guard.Record("c", -1), PrivacyError.ParticipationRefused);
    }

    [Fact]
    public void Coefficients_HandedOut_CannotBeChanged()
    {
        IReadOnlyList<long> coefficients = Plan(dimension: 1, parties: 1).Correlation.Coefficients;
        coefficients.Should().NotBeOfType<long[]>();
        coefficients.Invoking(one => ((IList<long>)one)[0] = 0).Should().Throw<NotSupportedException>();
    }

    [Fact]
    public void Plans_OfImpossibleNumbers_AreRefusedByName()
    {
        Refusal.Of(() => new ParticipationSchedule(0, 1, 1), PrivacyError.ScheduleOutOfRange);
        Refusal.Of(() => new ParticipationSchedule(10, 5, 3), PrivacyError.ScheduleOutOfRange);
        Refusal.Of(() => new ParticipationSchedule(10, 0, 1), PrivacyError.ScheduleOutOfRange);
        Refusal.Of(() => NoiseCorrelation.Banded(0), PrivacyError.ScheduleOutOfRange);
        Refusal.Of(() => NoiseCorrelation.Buffered(0), PrivacyError.ScheduleOutOfRange);
        Refusal.Of(() => NoiseCorrelation.OptimizedBanded(0), PrivacyError.ScheduleOutOfRange);
        Refusal.Of(() => NoiseCorrelation.OptimizedBanded(257), PrivacyError.ScheduleOutOfRange);
        var schedule = new ParticipationSchedule(10, 1, 10);
        Refusal.Of(() => IntegerCorrelation.Create(NoiseCorrelation.Independent, schedule, 0, 1), PrivacyError.RangeTooSmall);
        Refusal.Of(() => IntegerCorrelation.Create(NoiseCorrelation.Independent, schedule, 19, 1), PrivacyError.RangeTooSmall);
        Refusal.Of(() => IntegerCorrelation.Create(NoiseCorrelation.Independent, schedule, 8, 0), PrivacyError.ScheduleOutOfRange);
        IntegerCorrelation correlation = IntegerCorrelation.Create(NoiseCorrelation.Independent, schedule, 8, 1);
        Refusal.Of(() => CorrelatedNoisePlan.Create(correlation, 0, 1, 0, One, 1), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => CorrelatedNoisePlan.Create(correlation, 1, 1, 1, One, 1), PrivacyError.PartiesOutOfRange);
        Refusal.Of(() => CorrelatedNoisePlan.Create(correlation, 1, 1, 0, One, 0), PrivacyError.WrongLength);
    }

    private static double LargestVariance(NoiseCorrelation correlation, ParticipationSchedule schedule)
    {
        IntegerCorrelation rounded = IntegerCorrelation.Create(correlation, schedule, denominatorBits: 10, memory: 100);
        return Enumerable.Range(0, 100).Max(rounded.RunningSumVariance);
    }

    private static double MeanVariance(NoiseCorrelation correlation, ParticipationSchedule schedule)
    {
        IntegerCorrelation rounded = IntegerCorrelation.Create(correlation, schedule, denominatorBits: 16, memory: schedule.Rounds);
        return Enumerable.Range(0, schedule.Rounds).Average(rounded.RunningSumVariance);
    }

    private static double MeanVariance(double[] column)
    {
        double[] inverse = Toeplitz.Inverse(column, column.Length);
        double sum = 0;
        double variance = 0;
        for (int j = 0; j < column.Length; j++)
        {
            sum += inverse[j];
            variance += (column.Length - j) * sum * sum;
        }

        return variance * column.Sum(one => one * one);
    }

    private static CorrelatedNoisePlan Plan(int dimension, int parties, int colluders = 0, int participants = 4)
    {
        var schedule = new ParticipationSchedule(4, 1, participants);
        IntegerCorrelation correlation = IntegerCorrelation.Create(NoiseCorrelation.Banded(4), schedule, denominatorBits: 8, memory: 4);
        return CorrelatedNoisePlan.Create(correlation, noiseMultiplier: 4, parties, colluders, One, dimension);
    }

    private static double WorstSigns(double[] column, int[] rounds)
    {
        double worst = 0;
        for (int signs = 0; signs < 1 << rounds.Length; signs++)
        {
            double sum = 0;
            for (int row = 0; row < column.Length; row++)
            {
                double entry = 0;
                for (int i = 0; i < rounds.Length; i++)
                {
                    entry += row < rounds[i] ? 0 : ((signs >> i & 1) == 1 ? -1 : 1) * column[row - rounds[i]];
                }

                sum += entry * entry;
            }

            worst = Math.Max(worst, Math.Sqrt(sum));
        }

        return worst;
    }
}
