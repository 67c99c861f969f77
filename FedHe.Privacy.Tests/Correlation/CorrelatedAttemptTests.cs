using FedHe.Privacy.Correlation;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Correlation;

/// <summary>Coefficients that parties agree upon, and attempts at a round whose sums were not kept.</summary>
public sealed class CorrelatedAttemptTests
{
    private static readonly GridSensitivity One = new(10, 10);

    [Fact]
    public void Integers_ThatWereAgreedUpon_HaveTheSensitivityOfThePlanThatRoundedThem()
    {
        var schedule = new ParticipationSchedule(40, separation: 8, participations: 5);
        IntegerCorrelation planned = IntegerCorrelation.Create(NoiseCorrelation.OptimizedBanded(8), schedule, denominatorBits: 8, memory: 40);

        var agreed = IntegerCorrelation.Of(planned.Coefficients, schedule);

        (agreed.Denominator, agreed.Sensitivity).Should().Be((planned.Denominator, planned.Sensitivity));
        agreed.Coefficients.Should().Equal(planned.Coefficients);
        agreed.RunningSumVariance(39).Should().Be(planned.RunningSumVariance(39));
        agreed.Coefficients.Should().NotBeOfType<long[]>();
    }

    public static TheoryData<long[]> ForeignCoefficients => new()
    {
        Array.Empty<long>(), new[] { 1L }, new[] { 3L, -1 }, new[] { 1L << 19 }, new[] { -2L }, new[] { 4L, -5 }, new[] { 4L, 5 }, new[] { 4L, long.MinValue, 1 }, new[] { 4L, -1, 0 }, new[] { 4L, 0, 0, 0, 1 },
    };

    [Theory]
    [MemberData(nameof(ForeignCoefficients))]
    public void Integers_ThatAreNoCoefficients_AreRefusedByName(long[] coefficients)
        => Refusal.Of(() => IntegerCorrelation.Of(coefficients, new ParticipationSchedule(4, 1, 4)), PrivacyError.CorrelationOutOfRange);

    [Fact]
    public void Integers_WithoutAFiniteSensitivity_AreRefusedByName()
        => Refusal.Of(
            () => IntegerCorrelation.Of([2, .. Enumerable.Repeat(-2L, 99)], new ParticipationSchedule(10_000, 10_000, 1)), PrivacyError.CorrelationOutOfRange);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Dither_OfSeveralAttemptsAtARound_IsWideEnoughForAllOfThem(int attempts)
    {
        const int Rounds = 6;
        var schedule = new ParticipationSchedule(Rounds, 1, Rounds);
        IntegerCorrelation correlation = IntegerCorrelation.Create(NoiseCorrelation.Banded(4), schedule, denominatorBits: 8, memory: 4);
        CorrelatedNoisePlan plan = CorrelatedNoisePlan.Create(correlation, 4, parties: 3, colluders: 0, One, dimension: 1, attempts);

        // The rows of all attempts, each with noise of its own beside the noise of the kept rows.
        var rows = new List<double[]>();
        int columns = Rounds * attempts;
        for (int round = 0; round < Rounds; round++)
        {
            for (int attempt = 0; attempt < attempts; attempt++)
            {
                var row = new double[columns];
                row[(attempts * round) + attempt] = correlation.Denominator;
                for (int j = 1; j < correlation.Coefficients.Count && j <= round; j++)
                {
                    row[attempts * (round - j)] = correlation.Coefficients[j];
                }

                rows.Add(row);
            }
        }

        // The power method finds the largest eigenvalue of the rows' product with themselves.
        double[] vector = [.. Enumerable.Range(0, columns).Select(i => 1.0 + (i % 3))];
        double largest = 0;
        for (int step = 0; step < 500; step++)
        {
            double[] image = [.. rows.Select(row => row.Zip(vector, (left, right) => left * right).Sum())];
            double[] back = [.. Enumerable.Range(0, columns).Select(i => rows.Zip(image, (row, value) => row[i] * value).Sum())];
            largest = Math.Sqrt(back.Sum(value => value * value));
            vector = [.. back.Select(value => value / largest)];
        }

        ((largest / plan.Dither.Variance) + (1 / plan.Fresh.Variance)).Should().BeLessThanOrEqualTo(1 / (1.75 * 1.75));
        plan.Attempts.Should().Be(attempts);
    }

    [Fact]
    public void Attempt_ThatWasNotKept_CostsMostOverAllNumbersOfContributors()
    {
        CorrelatedNoisePlan plan = Plan(dimension: 100, parties: 8, colluders: 1);
        double worst = Enumerable.Range(3, 5).Min(contributors => plan.DescribeDeviation(contributors).NoiseMultiplier);

        plan.DescribeAttempt(3).NoiseMultiplier.Should().BeLessThanOrEqualTo(worst);
        plan.DescribeAttempt(7).NoiseMultiplier.Should().BeLessThanOrEqualTo(plan.DescribeDeviation(7).NoiseMultiplier);

        // All of them: what was drawn in this attempt by seven against everything that the unit changed before.
        double d = plan.Correlation.Denominator;
        double change = d + ((plan.Correlation.MagnitudeSum - d) * plan.Correlation.LargestEntry);
        double fresh = Math.Sqrt(7 * ((d * d * plan.Fresh.Variance) + plan.Dither.Variance));
        plan.DescribeAttempt(8).NoiseMultiplier.Should().BeApproximately(fresh / change / One.Two, 1e-9);
        Refusal.Of(() => plan.DescribeAttempt(1), PrivacyError.TooFewContributors);
    }

    [Fact]
    public void AttemptBesideASequence_CostsNoMoreThanTheJointReleaseOfBoth()
    {
        // One party and one unit in every round: the rows of three kept rounds, and an attempt at the last one that was not kept, as one Gaussian mechanism.
        CorrelatedNoisePlan plan = Plan(dimension: 1, parties: 1);
        IReadOnlyList<long> w = plan.Correlation.Coefficients;
        double d = plan.Correlation.Denominator;
        double worst = 0;
        foreach (int signs in Enumerable.Range(0, 16))
        {
            double[] change = [.. Enumerable.Range(0, 4).Select(i => d * One.Two * ((signs >> i & 1) == 0 ? 1 : -1))];
            var kept = new double[3];
            for (int row = 0; row < 3; row++)
            {
                kept[row] = (change[row] - Enumerable.Range(1, row).Sum(j => w[j] * kept[row - j])) / d;
            }

            double beside = (change[3] - (w[1] * kept[1]) - (w[2] * kept[0])) / d;
            worst = Math.Max(worst, (kept.Sum(one => one * one) + (beside * beside)) / plan.Fresh.Variance);
        }

        double charged = 2 * (plan.Describe().Concentration!.Value + plan.DescribeAttempt(1).Concentration!.Value);
        charged.Should().BeGreaterThanOrEqualTo(worst * 0.99, "the dither adds to the noise of the attempt");
    }

    private static CorrelatedNoisePlan Plan(int dimension, int parties, int colluders = 0)
    {
        var schedule = new ParticipationSchedule(4, 1, 4);
        IntegerCorrelation correlation = IntegerCorrelation.Create(NoiseCorrelation.Banded(4), schedule, denominatorBits: 8, memory: 4);
        return CorrelatedNoisePlan.Create(correlation, noiseMultiplier: 4, parties, colluders, One, dimension);
    }
}
