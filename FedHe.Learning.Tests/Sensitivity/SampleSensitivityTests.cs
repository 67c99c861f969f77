using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.Sensitivity;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;

namespace FedHe.Learning.Tests.Sensitivity;

public sealed class SampleSensitivityTests
{
    private const int Samples = 3;

    public static TheoryData<string, Objective> Cases { get; } = new()
    {
        { "dense", Objective.CrossEntropy },
        { "dense", Objective.MeanSquaredError },
        { "convolution", Objective.CrossEntropy },
        { "convolution", Objective.MeanSquaredError },
        { "single", Objective.CrossEntropy },
        { "single", Objective.MeanSquaredError },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Mean_OfTheTrueLabel_IsTheNumericalMixedDerivative(string name, Objective objective)
    {
        (Model model, Tensor batch, int[] labels) = Create(name);
        var sensitivity = new SampleSensitivity(model, objective);
        sensitivity.Add(batch, LabelDirections.TrueLabel(labels, model.OutputCount));
        Expect(sensitivity, model, batch, labels, objective, (sample, m, mixed) =>
            Math.Abs(mixed(model.OutputCount == 1 ? 0 : labels[sample])));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Mean_OfAllClasses_IsTheNormOfNumericalMixedDerivatives(string name, Objective objective)
    {
        (Model model, Tensor batch, int[] labels) = Create(name);
        var sensitivity = new SampleSensitivity(model, objective);
        sensitivity.Add(batch, LabelDirections.AllClasses(Samples, model.OutputCount));
        Expect(sensitivity, model, batch, labels, objective, (sample, m, mixed) =>
            Math.Sqrt(Enumerable.Range(0, model.OutputCount).Sum(label => Math.Pow(mixed(label), 2))));
    }

    [Fact]
    public void Mean_OfRandomSigns_SquaresToTheNormInTheMean()
    {
        (Model model, Tensor batch, _) = Create("dense");
        Tensor one = new(batch.Shape.WithoutFirst().Prepend(1), batch.Values[..(batch.Length / Samples)].ToArray());
        var exact = new SampleSensitivity(model, Objective.CrossEntropy);
        exact.Add(one, LabelDirections.AllClasses(1, model.OutputCount));
        var meanSquare = new double[model.ParameterCount];
        const int Draws = 3000;
        for (int seed = 0; seed < Draws; seed++)
        {
            var drawn = new SampleSensitivity(model, Objective.CrossEntropy);
            drawn.Add(one, LabelDirections.RandomSigns(1, model.OutputCount, seed));
            foreach ((int m, float value) in drawn.Mean().Index())
            {
                meanSquare[m] += (double)value * value / Draws;
            }
        }

        foreach ((int m, float norm) in exact.Mean().Index())
        {
            meanSquare[m].Should().BeApproximately(norm * norm, (0.12 * norm * norm) + 1e-8);
        }
    }

    [Fact]
    public void Mean_OfTwoBatches_IsThatOfOneWithAllSamples_WhateverTheDegree()
    {
        (Model model, Tensor batch, int[] labels) = Create("convolution");
        var whole = new SampleSensitivity(model, Objective.CrossEntropy, degree: 2);
        whole.Add(batch, LabelDirections.TrueLabel(labels, model.OutputCount));
        var parts = new SampleSensitivity(model, Objective.CrossEntropy);
        for (int sample = 0; sample < Samples; sample++)
        {
            int length = batch.Length / Samples;
            Tensor one = new(batch.Shape.WithoutFirst().Prepend(1), batch.Values.Slice(sample * length, length).ToArray());
            parts.Add(one, LabelDirections.TrueLabel([labels[sample]], model.OutputCount));
        }

        parts.SampleCount.Should().Be(Samples);
        foreach ((float left, float right) in whole.Mean().Zip(parts.Mean()))
        {
            left.Should().BeApproximately(right, 1e-6f + (1e-5f * right));
        }
    }

    [Fact]
    public void Add_WrongDirectionsOrNone_IsRefused()
    {
        (Model model, Tensor batch, _) = Create("dense");
        var sensitivity = new SampleSensitivity(model, Objective.CrossEntropy);
        Action none = () => sensitivity.Add(batch, []);
        Action wrong = () => sensitivity.Add(batch, [Tensor.Zeros([Samples, model.OutputCount + 1])]);
        Action empty = () => sensitivity.Mean();
        none.Should().Throw<ArgumentException>();
        wrong.Should().Throw<ArgumentException>();
        empty.Should().Throw<InvalidOperationException>();
    }

    private static void Expect(
        SampleSensitivity sensitivity,
        Model model,
        Tensor batch,
        int[] labels,
        Objective objective,
        Func<int, int, Func<int, double>, double> ofSample)
    {
        float[] mean = sensitivity.Mean();
        int m = 0;
        foreach (Parameter parameter in model.Parameters)
        {
            for (int index = 0; index < parameter.Value.Length; index++, m++)
            {
                double expected = Enumerable.Range(0, Samples).Average(sample => ofSample(
                    sample, m, label => Mixed(model, batch, labels, objective, parameter, index, sample, label)));
                mean[m].Should().BeApproximately((float)expected, 2e-3f + (0.01f * (float)expected), "parameter {0}", m);
            }
        }
    }

    /// <summary>The derivative by the label of the loss's difference quotient in the parameter: exact in y, where the loss is quadratic.</summary>
    private static double Mixed(
        Model model, Tensor batch, int[] labels, Objective objective, Parameter parameter, int index, int sample, int label)
    {
        const float Step = 1.0f / 64;
        float original = parameter.Value.Values[index];
        double Slope(float weight)
        {
            parameter.Value.Values[index] = weight;
            float[] outputs = model.Predict(batch).Values.Slice(sample * model.OutputCount, model.OutputCount).ToArray();
            parameter.Value.Values[index] = original;
            return SlopeInLabel(outputs, labels[sample], objective, label);
        }

        return (Slope(original + Step) - Slope(original - Step)) / (2 * Step);
    }

    /// <summary>d loss / d y_label, by central differences of the loss's definition.</summary>
    private static double SlopeInLabel(float[] outputs, int trueLabel, Objective objective, int label)
    {
        double Loss(double moved)
        {
            double[] y = new double[outputs.Length];
            y[outputs.Length == 1 ? 0 : trueLabel] = outputs.Length == 1 ? trueLabel : 1;
            y[label] += moved;
            if (objective == Objective.MeanSquaredError)
            {
                return y.Zip(outputs).Average(pair => Math.Pow(pair.Second - pair.First, 2));
            }

            double logSum = Math.Log(outputs.Sum(z => Math.Exp(z)));
            return outputs.Length == 1
                ? Math.Log(1 + Math.Exp(outputs[0])) - (outputs[0] * y[0])
                : -y.Zip(outputs).Sum(pair => pair.First * (pair.Second - logSum));
        }

        return (Loss(0.5) - Loss(-0.5)) / 1;
    }

    private static (Model Model, Tensor Batch, int[] Labels) Create(string name)
    {
        Model model = name switch
        {
            "dense" => SmoothPerceptron(outputs: 3),
            "single" => SmoothPerceptron(outputs: 1),
            _ => new Model(
                "small",
                [2, 5, 5],
                [
                    new Convolution2d("conv", inChannels: 2, outChannels: 3, window: 3, stride: 2, padding: 1),
                    new Activation(ActivationFunction.Sigmoid),
                    new Flatten(),
                    new Dense("fc", 27, 4),
                ]),
        };
        model.Initialize(seed: 3);
        var random = new Random(5);
        Tensor batch = Tensor.Zeros(model.SampleShape.Prepend(Samples));
        foreach (ref float value in batch.Values)
        {
            value = (float)random.NextDouble() - 0.3f;
        }

        return (model, batch, [.. Enumerable.Range(0, Samples).Select(i => model.OutputCount == 1 ? i % 2 : i)]);
    }

    /// <summary>Without kinks, which difference quotients would step over.</summary>
    private static Model SmoothPerceptron(int outputs) => new(
        "perceptron",
        [5],
        [new Dense("fc1", 5, 4), new Activation(ActivationFunction.Sigmoid), new Dense("fc2", 4, outputs)]);
}
