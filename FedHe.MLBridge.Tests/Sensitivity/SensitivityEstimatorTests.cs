using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Sensitivity;
using FedHe.MLBridge.Tests.Support;

namespace FedHe.MLBridge.Tests.Sensitivity;

public sealed class SensitivityEstimatorTests
{
    [Fact]
    public void Estimate_TrueLabel_AveragesMagnitudesSampleBySample()
    {
        var model = new SoftmaxRegression(features: 3, classes: 4, samples: 7);
        SensitivityMap map = new SensitivityEstimator().Estimate(model);
        Expect(map, (sample, m) => Math.Abs(model.Mixed(sample, model.LabelOf(sample), m)), model);
    }

    [Fact]
    public void Estimate_AllClasses_AveragesNorms()
    {
        var model = new SoftmaxRegression(features: 3, classes: 4, samples: 7);
        SensitivityMap map = new SensitivityEstimator(LabelSensitivity.AllClasses).Estimate(model);
        Expect(map, (sample, m) => Math.Sqrt(Enumerable.Range(0, 4).Sum(c => Math.Pow(model.Mixed(sample, c, m), 2))), model);
    }

    [Fact]
    public void Estimate_RandomSigns_HasTheNormsSquareAsItsMeanSquare()
    {
        var model = new SoftmaxRegression(features: 3, classes: 4, samples: 1);
        var meanSquare = new double[model.Layout.ParameterCount];
        const int Draws = 4000;
        for (ulong seed = 0; seed < Draws; seed++)
        {
            SensitivityMap map = new SensitivityEstimator(LabelSensitivity.RandomSigns, seed).Estimate(model);
            for (int m = 0; m < meanSquare.Length; m++)
            {
                meanSquare[m] += (double)map.Values[m] * map.Values[m] / Draws;
            }
        }

        for (int m = 0; m < meanSquare.Length; m++)
        {
            double norm = Enumerable.Range(0, 4).Sum(c => Math.Pow(model.Mixed(0, c, m), 2));
            meanSquare[m].Should().BeApproximately(norm, (0.1 * norm) + 1e-9);
        }
    }

    [Fact]
    public void Estimate_CancelledOrBroken_SaysSo()
    {
        var model = new SoftmaxRegression(features: 3, classes: 4, samples: 7);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Action estimate = () => new SensitivityEstimator().Estimate(model, cancelled.Token);
        estimate.Should().Throw<OperationCanceledException>();
        Action undefined = () => _ = new SensitivityEstimator((LabelSensitivity)9);
        undefined.Should().Throw<ArgumentOutOfRangeException>();
        foreach (float value in (float[])[float.NaN, float.PositiveInfinity, -1])
        {
            Action map = () => _ = new SensitivityMap(TestModels.Line(3), [0, value, 1]);
            map.Should().Throw<ArgumentException>();
        }

        Action zero = () => _ = new SensitivityMap(TestModels.Line(3), [0, 0, 0]);
        Action wrongLength = () => _ = new SensitivityMap(TestModels.Line(3), [1, 1]);
        zero.Should().Throw<ArgumentException>();
        wrongLength.Should().Throw<ArgumentException>();
    }

    private static void Expect(SensitivityMap map, Func<int, int, double> ofSample, SoftmaxRegression model)
    {
        for (int m = 0; m < map.Values.Length; m++)
        {
            double expected = Enumerable.Range(0, model.SampleCount).Average(sample => ofSample(sample, m));
            map.Values[m].Should().BeApproximately((float)expected, 1e-3f);
        }
    }

    /// <summary>Cross-entropy of a linear model: gradients by hand, and the mixed derivative by differences of the loss.</summary>
    private sealed class SoftmaxRegression(int features, int classes, int samples) : ILabelGradients
    {
        private readonly double[] _weights = Numbers(1, features * classes);
        private readonly double[] _inputs = Numbers(2, features * samples);

        public ModelLayout Layout { get; } = TestModels.Line(features * classes);

        public int SampleCount => samples;

        public int ClassCount => classes;

        public int LabelOf(int sample) => sample % classes;

        public void Gradient(int sample, ReadOnlySpan<float> direction, Span<float> destination)
        {
            // d/dz_c of -sum_k v_k log p_k is p_c * sum_k v_k - v_c.
            double[] p = Probabilities(_weights, sample);
            double total = 0;
            foreach (float entry in direction)
            {
                total += entry;
            }

            for (int c = 0; c < classes; c++)
            {
                for (int f = 0; f < features; f++)
                {
                    destination[(c * features) + f] = (float)(((p[c] * total) - direction[c]) * _inputs[(sample * features) + f]);
                }
            }
        }

        /// <summary>d/dy_c (d loss / d w_m) by central differences of the loss in both.</summary>
        public double Mixed(int sample, int label, int m)
        {
            const double Step = 1e-3;
            double Loss(double y, double w)
            {
                double[] weights = [.. _weights];
                weights[m] += w;
                double[] p = Probabilities(weights, sample);
                double[] target = new double[classes];
                target[LabelOf(sample)] = 1;
                target[label] += y;
                return -target.Zip(p).Sum(pair => pair.First * Math.Log(pair.Second));
            }

            return (Loss(Step, Step) - Loss(Step, -Step) - Loss(-Step, Step) + Loss(-Step, -Step)) / (4 * Step * Step);
        }

        private double[] Probabilities(double[] weights, int sample)
        {
            double[] exponentials =
            [
                .. Enumerable.Range(0, classes).Select(c => Math.Exp(
                    Enumerable.Range(0, features).Sum(f => weights[(c * features) + f] * _inputs[(sample * features) + f]))),
            ];
            return [.. exponentials.Select(value => value / exponentials.Sum())];
        }

        private static double[] Numbers(int seed, int count)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
        }
    }
}
