using FedHe.PrivacyAudit.Optimization;

namespace FedHe.PrivacyAudit.Tests.Optimization;

public sealed class LbfgsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public void Minimizer_OfRosenbrock_IsAllOnes(int dimension)
    {
        double[] start = new double[dimension];
        Array.Fill(start, -1.2);

        Lbfgs optimizer = Run(Rosenbrock, start, history: 10, steps: 300);

        optimizer.Current.Value.Should().BeLessThan(1e-18);
        optimizer.Current.Point.Should().AllSatisfy(value => value.Should().BeApproximately(1, 1e-8));
    }

    [Fact]
    public void Value_OverSteps_NeverRises()
    {
        var optimizer = new Lbfgs(Rosenbrock, [-1.2, 1, 0.5, -2], history: 5);
        double previous = optimizer.Current.Value;
        while (optimizer.TryStep())
        {
            optimizer.Current.Value.Should().BeLessThanOrEqualTo(previous);
            previous = optimizer.Current.Value;
        }
    }

    [Fact]
    public void Minimizer_OfIllConditionedQuadratic_IsFound()
    {
        double Quadratic(ReadOnlySpan<double> point, Span<double> gradient)
        {
            double sum = 0;
            for (int i = 0; i < point.Length; i++)
            {
                double weight = Math.Pow(10, i / 4.0);
                sum += 0.5 * weight * point[i] * point[i];
                gradient[i] = weight * point[i];
            }

            return sum;
        }

        var optimizer = new Lbfgs(Quadratic, [.. Enumerable.Range(0, 21).Select(i => Math.Cos(i))], history: 30);
        int steps = 0;
        while (optimizer.Current.Value > 1e-12 && optimizer.TryStep())
        {
            steps++;
        }

        optimizer.Current.Value.Should().BeLessThan(1e-12);
        steps.Should().BeLessThan(500);
    }

    [Fact]
    public void Step_FromAMinimum_IsRefused()
        => new Lbfgs(Rosenbrock, [1, 1], history: 5).TryStep().Should().BeFalse();

    [Fact]
    public void Step_WhereTheFunctionIsNoNumber_IsRefused()
        => new Lbfgs((_, _) => double.NaN, [1, 1], history: 5).TryStep().Should().BeFalse();

    [Fact]
    public void Step_BesideAForbiddenRegion_StaysOutOfIt()
    {
        static double LogBarrier(ReadOnlySpan<double> point, Span<double> gradient)
        {
            gradient[0] = 1 - (1 / point[0]);
            return point[0] > 0 ? point[0] - Math.Log(point[0]) : double.NaN;
        }

        Run(LogBarrier, [30], history: 5, steps: 50).Current.Point[0].Should().BeApproximately(1, 1e-6);
    }

    private static Lbfgs Run(Objective objective, double[] start, int history, int steps)
    {
        var optimizer = new Lbfgs(objective, start, history);
        for (int i = 0; i < steps && optimizer.TryStep(); i++)
        {
        }

        return optimizer;
    }

    private static double Rosenbrock(ReadOnlySpan<double> point, Span<double> gradient)
    {
        double sum = 0;
        gradient.Clear();
        for (int i = 0; i + 1 < point.Length; i++)
        {
            double valley = point[i + 1] - (point[i] * point[i]);
            sum += (100 * valley * valley) + ((1 - point[i]) * (1 - point[i]));
            gradient[i] += (-400 * valley * point[i]) - (2 * (1 - point[i]));
            gradient[i + 1] += 200 * valley;
        }

        return sum;
    }
}
