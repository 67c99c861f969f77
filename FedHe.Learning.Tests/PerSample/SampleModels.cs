using FedHe.Learning.Autodiff;
using FedHe.Learning.Data;
using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Tests.PerSample;

/// <summary>Small models with every kind of layer, and records for them.</summary>
internal static class SampleModels
{
    public static readonly string[] Names =
        ["linear", "one output", "mlp", "tanh", "convolution", "stride", "average", "lenet", "cnn", "tanh-cnn", "own layer"];

    public static Model Create(string name) => (name switch
    {
        "linear" => ModelFactory.Linear([3, 4], 5),
        "one output" => ModelFactory.Mlp([6], [7], 1),
        "mlp" => ModelFactory.Mlp([2, 9], [33, 17], 4),
        "tanh" => new Model(name, [3], [new Dense("a", 3, 2), new Activation(ActivationFunction.Tanh), new Dense("b", 2, 3)]),
        "convolution" => new Model(name, [2, 6, 5],
        [
            new Convolution2d("a", 2, 4, window: 3, padding: 1),
            new Activation(ActivationFunction.Sigmoid),
            new Convolution2d("b", 4, 3, window: 2),
            new Flatten(),
            new Dense("c", 60, 4),
        ]),
        "stride" => new Model(name, [1, 9, 8], [new Convolution2d("a", 1, 5, window: 4, stride: 3, padding: 2), new Flatten(), new Dense("b", 60, 3)]),
        "average" => new Model(name, [2, 8, 8],
        [
            new Pooling2d(PoolingKind.Average, 2),
            new Convolution2d("a", 2, 6, window: 3),
            new Activation(ActivationFunction.Relu),
            new Pooling2d(PoolingKind.Max, 2),
            new Flatten(),
            new Dense("b", 6, 3),
        ]),
        "lenet" => ModelFactory.LeNet([1, 12, 12], 4),
        "cnn" => ModelFactory.Cnn([1, 8, 8], 4),
        "tanh-cnn" => ModelFactory.TanhCnn([1, 16, 16], 4),
        _ => new Model(name, [5], [new Dense("a", 5, 6), new Centering("gain", 6), new Dense("b", 6, 3)]),
    }).Initialize(5);

    /// <summary>Records of independent values about zero, half of them larger than the others.</summary>
    public static Dataset Records(Model model, int count, int seed = 3)
    {
        var random = new SeededRandom(seed);
        int length = model.SampleShape.ElementCount;
        int classes = Math.Max(2, model.OutputCount);
        float[] values = new float[count * length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)random.NextGaussian() * (1 + (i / length % 2 * 4));
        }

        int[] labels = [.. Enumerable.Range(0, count).Select(_ => random.NextInt32(classes))];
        return new Dataset("records", new Tensor(model.SampleShape.Prepend(count), values), labels, [.. Enumerable.Range(0, classes).Select(label => $"{label}")]);
    }

    /// <summary>A layer of a user's own, which subtracts the mean of the batch and so mixes its samples.</summary>
    private sealed class Centering(string name, int width) : Layer
    {
        public override IReadOnlyList<ParameterSpecification> Parameters { get; } = [new ParameterSpecification($"{name}.weight", [width], width)];

        public override TensorShape OutputShape(TensorShape sampleShape) => sampleShape;

        public override Variable Forward(Variable input, ReadOnlySpan<Variable> parameters, int degree)
            => (input - (Operations.Mean(input, [0], keepDimensions: true) * 0.5f)) * parameters[0];
    }
}
