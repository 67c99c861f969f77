using FedHe.MLBridge.Optimizers;

namespace FedHe.MLBridge.Tests.Optimizers;

/// <summary>Optimizers move models as the equations of their papers say.</summary>
public sealed class OptimizerStepTests
{
    private const int Length = 1000;
    private const int Rounds = 30;

    public static TheoryData<string> Optimizers => ["momentum", "sgd", "adagrad", "adam", "yogi"];

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Move_OverManyRounds_FollowsThePapersEquations(string name)
    {
        ServerOptimizer optimizer = Create(name);
        var random = new Random(5);
        var moments = OptimizerMoments.Initial(optimizer, Length);
        var expected = new Reference(name);
        var model = new double[Length];
        for (int round = 0; round < Rounds; round++)
        {
            double[] differences = [.. Enumerable.Range(0, Length).Select(_ => (random.NextDouble() - 0.4) * Math.Pow(10, random.Next(-6, 1)))];
            double[] movements = Move(optimizer, ref moments, differences, random);
            for (int i = 0; i < Length; i++)
            {
                model[i] += movements[i];
            }

            expected.Move(differences);
        }

        double largest = expected.Model.Max(Math.Abs);
        largest.Should().BeGreaterThan(0.01);
        for (int i = 0; i < Length; i++)
        {
            model[i].Should().BeApproximately(expected.Model[i], 1e-6 * largest);
        }
    }

    [Fact]
    public void Move_ByAdam_HasTheseValues()
    {
        // m = 0.1*0.5 = 0.05, v = 0.99*1e-6 + 0.01*0.0025 = 2.599e-5; then m = 0.045 - 0.02 = 0.025, v = 2.573010e-5 + 6.25e-6 = 3.198010e-5.
        var optimizer = ServerOptimizer.Adam(learningRate: 0.1);
        var moments = OptimizerMoments.Initial(optimizer, 1);
        var random = new Random(1);
        Move(optimizer, ref moments, [0.5], random)[0].Should().BeApproximately(0.1 * 0.05 / (Math.Sqrt(2.599e-5) + 1e-3), 1e-7);
        Move(optimizer, ref moments, [-0.2], random)[0].Should().BeApproximately(0.1 * 0.025 / (Math.Sqrt(3.198010e-5) + 1e-3), 1e-7);
    }

    [Fact]
    public void Move_ByMomentumOfNothing_AddsTheDifferencesAtTheLearningRate()
    {
        var optimizer = ServerOptimizer.Momentum(learningRate: 0.5, momentum: 0);
        var moments = OptimizerMoments.Initial(optimizer, 3);
        Move(optimizer, ref moments, [1, -2, 0.25], new Random(2)).Should().Equal(0.5, -1, 0.125);
        Move(optimizer, ref moments, [0, 0, 0], new Random(2)).Should().Equal(0, 0, 0);
        moments.Second.Length.Should().Be(0, "momentum has no second moment");
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Move_ByEnormousDifferences_KeepsMomentsThatCanBeSaved(string name)
    {
        ServerOptimizer optimizer = Create(name);
        var moments = OptimizerMoments.Initial(optimizer, 2);
        for (int round = 0; round < 3; round++)
        {
            Move(optimizer, ref moments, [1e300, -1e25], new Random(3)).Should().OnlyContain(movement => double.IsFinite(movement));
        }

        OptimizerMoments.AreMoments(optimizer, moments.First, moments.Second).Should().BeTrue();
    }

    [Fact]
    public void Step_ThatIsAbandoned_ChangesNoMoment()
    {
        var optimizer = ServerOptimizer.Yogi(learningRate: 0.1);
        var before = OptimizerMoments.Initial(optimizer, 4);
        new OptimizerStep(optimizer, before).Move(0, [1, 2, 3, 4], new double[4]);
        before.First.ToArray().Should().Equal(0, 0, 0, 0);
        before.Second.ToArray().Should().OnlyContain(value => value == 1e-6f);
    }

    [Theory]
    [InlineData(0, 0.9, 0.99, 1e-3)]
    [InlineData(-1, 0.9, 0.99, 1e-3)]
    [InlineData(double.NaN, 0.9, 0.99, 1e-3)]
    [InlineData(double.PositiveInfinity, 0.9, 0.99, 1e-3)]
    [InlineData(0.1, 1, 0.99, 1e-3)]
    [InlineData(0.1, -0.1, 0.99, 1e-3)]
    [InlineData(0.1, double.NaN, 0.99, 1e-3)]
    [InlineData(0.1, 0.9, 1, 1e-3)]
    [InlineData(0.1, 0.9, 0.99, 0)]
    [InlineData(0.1, 0.9, 0.99, 1e-20)]
    [InlineData(0.1, 0.9, 0.99, double.NaN)]
    public void Optimizer_WithANumberOutOfRange_IsRefused(double learningRate, double firstDecay, double secondDecay, double adaptivity)
    {
        Action create = () => _ = ServerOptimizer.Adam(learningRate, adaptivity, firstDecay, secondDecay);
        create.Should().Throw<ArgumentException>();
        ServerOptimizer.TryCreate(ServerOptimizerKind.Adam, learningRate, firstDecay, secondDecay, adaptivity, out _).Should().BeFalse();
    }

    [Theory]
    [InlineData(ServerOptimizerKind.Momentum, 0.9, 0)]
    [InlineData(ServerOptimizerKind.Momentum, 0, 1e-3)]
    [InlineData(ServerOptimizerKind.Adagrad, 0.9, 1e-3)]
    [InlineData((ServerOptimizerKind)9, 0.9, 1e-3)]
    public void Optimizer_WithANumberOfAnotherRule_IsRefused(ServerOptimizerKind kind, double secondDecay, double adaptivity)
        => ServerOptimizer.TryCreate(kind, 0.1, 0.9, secondDecay, adaptivity, out _).Should().BeFalse("the number would do nothing");

    [Fact]
    public void Moments_ThatCannotBeThoseOfTheOptimizer_AreRefused()
    {
        var adam = ServerOptimizer.Adam(0.1);
        var momentum = ServerOptimizer.Momentum(0.1);
        Action[] refused =
        [
            () => OptimizerMoments.Of(adam, [1, 2], [1]),
            () => OptimizerMoments.Of(adam, [1, float.NaN], [1, 1]),
            () => OptimizerMoments.Of(adam, [1, 2], [1, -1]),
            () => OptimizerMoments.Of(adam, [1, 2], [1, float.PositiveInfinity]),
            () => OptimizerMoments.Of(momentum, [1, 2], [1, 1]),
            () => OptimizerMoments.Of(momentum, [], []),
            () => _ = new OptimizerStep(adam, OptimizerMoments.Of(momentum, [1], [])),
            () => new OptimizerStep(adam, OptimizerMoments.Initial(adam, 4)).Move(3, [1, 2], new double[2]),
            () => new OptimizerStep(adam, OptimizerMoments.Initial(adam, 4)).Move(-1, [1], new double[1]),
            () => new OptimizerStep(adam, OptimizerMoments.Initial(adam, 4)).Move(0, [1], new double[2]),
        ];
        refused.Should().AllSatisfy(action => action.Should().Throw<ArgumentException>());
    }

    private static ServerOptimizer Create(string name) => name switch
    {
        "momentum" => ServerOptimizer.Momentum(0.7, 0.8),
        "sgd" => ServerOptimizer.Momentum(0.7, 0),
        "adagrad" => ServerOptimizer.Adagrad(0.1, 1e-2, 0.3),
        "adam" => ServerOptimizer.Adam(0.05),
        _ => ServerOptimizer.Yogi(0.05, 1e-2),
    };

    /// <summary>Moves a vector in ranges of random lengths, in place or not.</summary>
    private static double[] Move(ServerOptimizer optimizer, ref OptimizerMoments moments, double[] differences, Random random)
    {
        var step = new OptimizerStep(optimizer, moments);
        var movements = new double[differences.Length];
        for (int start = 0; start < movements.Length;)
        {
            int length = Math.Min(random.Next(1, 400), movements.Length - start);
            Span<double> range = movements.AsSpan(start, length);
            if (random.Next(2) == 0)
            {
                differences.AsSpan(start, length).CopyTo(range);
                step.Move(start, range, range);
            }
            else
            {
                step.Move(start, differences.AsSpan(start, length), range);
            }

            start += length;
        }

        moments = step.After;
        return movements;
    }

    /// <summary>The equations as papers have them, value by value in double precision.</summary>
    private sealed class Reference(string name)
    {
        private readonly double[] _m = new double[Length];
        private readonly double[] _v = [.. Enumerable.Repeat(name is "adam" ? 1e-6 : 1e-4, Length)];

        public double[] Model { get; } = new double[Length];

        public void Move(double[] d)
        {
            for (int i = 0; i < Length; i++)
            {
                switch (name)
                {
                    case "momentum":
                        _m[i] = (0.8 * _m[i]) + d[i];
                        Model[i] += 0.7 * _m[i];
                        break;
                    case "sgd":
                        Model[i] += 0.7 * d[i];
                        break;
                    case "adagrad":
                        _m[i] = (0.3 * _m[i]) + (0.7 * d[i]);
                        _v[i] += _m[i] * _m[i];
                        Model[i] += 0.1 * _m[i] / (Math.Sqrt(_v[i]) + 1e-2);
                        break;
                    case "adam":
                        _m[i] = (0.9 * _m[i]) + (0.1 * d[i]);
                        _v[i] = (0.99 * _v[i]) + (0.01 * _m[i] * _m[i]);
                        Model[i] += 0.05 * _m[i] / (Math.Sqrt(_v[i]) + 1e-3);
                        break;
                    default:
                        _m[i] = (0.9 * _m[i]) + (0.1 * d[i]);
                        double square = _m[i] * _m[i];
                        _v[i] -= 0.01 * square * Math.Sign(_v[i] - square);
                        Model[i] += 0.05 * _m[i] / (Math.Sqrt(_v[i]) + 1e-2);
                        break;
                }
            }
        }
    }
}
