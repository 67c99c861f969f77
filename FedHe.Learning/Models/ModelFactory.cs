using FedHe.Learning.Layers;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Models;

/// <summary>A model factory builds the kinds of models that the samples train, for any input and number of
/// classes.</summary>
/// <remarks>The models' parameters are zero until <see cref="Model.Initialize"/>.</remarks>
public static class ModelFactory
{
    /// <summary>The names of models that <see cref="Create"/> accepts.</summary>
    public static IReadOnlyList<string> Names { get; } = ["linear", "mlp", "lenet", "cnn", "tanh-cnn"];

    /// <summary>Builds a model by name: <c>linear</c>, <c>mlp</c> (100 hidden units), <c>lenet</c>, <c>cnn</c> or
    /// <c>tanh-cnn</c>.</summary>
    /// <param name="name">One of <see cref="Names"/>, in any case.</param>
    /// <param name="sampleShape">The shape of one sample; the convolutional models need [channels, height, width].</param>
    /// <param name="outputs">The number of classes.</param>
    /// <exception cref="ArgumentException">The name is unknown or the model does not take such samples.</exception>
    public static Model Create(string name, TensorShape sampleShape, int outputs)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToUpperInvariant() switch
        {
            "LINEAR" => Linear(sampleShape, outputs),
            "MLP" => Mlp(sampleShape, [100], outputs),
            "LENET" => LeNet(sampleShape, outputs),
            "CNN" => Cnn(sampleShape, outputs),
            "TANH-CNN" => TanhCnn(sampleShape, outputs),
            _ => throw new ArgumentException(
                $"There is no model '{name}'. Choose one of: {string.Join(", ", Names)}.", nameof(name)),
        };
    }

    /// <summary>Builds one dense layer: linear regression, or logistic regression when trained with
    /// cross-entropy.</summary>
    /// <param name="sampleShape">The shape of one sample; flattened.</param>
    /// <param name="outputs">The number of classes, or 1.</param>
    public static Model Linear(TensorShape sampleShape, int outputs) => Mlp("linear", sampleShape, [], outputs);

    /// <summary>Builds dense layers with ReLU between them.</summary>
    /// <param name="sampleShape">The shape of one sample; flattened.</param>
    /// <param name="hidden">The widths of the hidden layers.</param>
    /// <param name="outputs">The number of classes, or 1.</param>
    public static Model Mlp(TensorShape sampleShape, IReadOnlyList<int> hidden, int outputs) =>
        Mlp("mlp", sampleShape, hidden, outputs);

    /// <summary>Builds the LeNet of the gradient-inversion literature: four 5 x 5 convolutions of 12 channels with strides
    /// 2, 2, 1, 1 and sigmoid, then one dense layer.</summary>
    /// <param name="sampleShape">[channels, height, width].</param>
    /// <param name="outputs">The number of classes.</param>
    /// <exception cref="ArgumentException">The samples are not images.</exception>
    public static Model LeNet(TensorShape sampleShape, int outputs)
    {
        const int Channels = 12;
        CheckImage("lenet", sampleShape, minimumSide: 1);
        int[] strides = [2, 2, 1, 1];
        var layers = new List<Layer>();
        TensorShape shape = sampleShape;
        for (int i = 0; i < strides.Length; i++)
        {
            layers.Add(new Convolution2d($"conv{i + 1}", shape[0], Channels, window: 5, strides[i], padding: 2));
            layers.Add(new Activation(ActivationFunction.Sigmoid));
            shape = layers[^2].OutputShape(shape);
        }

        return new Model("lenet", sampleShape, [.. layers, new Flatten(), new Dense("fc", shape.ElementCount, outputs)]);
    }

    /// <summary>Builds two 5 x 5 convolutions of 32 and 64 channels that keep the size, each followed by ReLU and 2 x 2 max
    /// pooling, then a dense layer of 512 units and a dense layer of one unit per class.</summary>
    /// <param name="sampleShape">[channels, height, width], at least 4 x 4.</param>
    /// <param name="outputs">The number of classes.</param>
    /// <exception cref="ArgumentException">The samples are not images of at least 4 x 4.</exception>
    public static Model Cnn(TensorShape sampleShape, int outputs)
    {
        const int Hidden = 512;
        CheckImage("cnn", sampleShape, minimumSide: 4);
        int flattened = 64 * (sampleShape[1] / 4) * (sampleShape[2] / 4);
        return new Model("cnn", sampleShape,
        [
            new Convolution2d("conv1", sampleShape[0], 32, window: 5, padding: 2),
            new Activation(ActivationFunction.Relu),
            new Pooling2d(PoolingKind.Max, 2),
            new Convolution2d("conv2", 32, 64, window: 5, padding: 2),
            new Activation(ActivationFunction.Relu),
            new Pooling2d(PoolingKind.Max, 2),
            new Flatten(),
            new Dense("fc1", flattened, Hidden),
            new Activation(ActivationFunction.Relu),
            new Dense("fc2", Hidden, outputs),
        ]);
    }

    /// <summary>Builds a small CNN for training under differential privacy: two convolutions of 16 and 32 channels, each followed by tanh and 2 x 2 max pooling,
    /// then a dense layer of 32 units with tanh and a dense layer of one unit per class.</summary>
    /// <remarks>Few parameters take less noise, and bounded activations keep gradients from growing. Source of the form: Papernot, Thakurta, Song, Chien and Erlingsson,
    /// "Tempered Sigmoid Activations for Deep Learning with Differential Privacy", AAAI 2021, arXiv 2007.14191.</remarks>
    /// <param name="sampleShape">[channels, height, width], at least 16 x 16.</param>
    /// <param name="outputs">The number of classes.</param>
    /// <exception cref="ArgumentException">The samples are not images of at least 16 x 16.</exception>
    public static Model TanhCnn(TensorShape sampleShape, int outputs)
    {
        const int Hidden = 32;
        CheckImage("tanh-cnn", sampleShape, minimumSide: 16);
        Layer[] images =
        [
            new Convolution2d("conv1", sampleShape[0], 16, window: 8, stride: 2, padding: 2),
            new Activation(ActivationFunction.Tanh),
            new Pooling2d(PoolingKind.Max, 2),
            new Convolution2d("conv2", 16, 32, window: 4, padding: 1),
            new Activation(ActivationFunction.Tanh),
            new Pooling2d(PoolingKind.Max, 2),
        ];
        int flattened = images.Aggregate(sampleShape, (shape, layer) => layer.OutputShape(shape)).ElementCount;
        return new Model("tanh-cnn", sampleShape,
        [
            .. images,
            new Flatten(),
            new Dense("fc1", flattened, Hidden),
            new Activation(ActivationFunction.Tanh),
            new Dense("fc2", Hidden, outputs),
        ]);
    }

    private static Model Mlp(string name, TensorShape sampleShape, IReadOnlyList<int> hidden, int outputs)
    {
        ArgumentNullException.ThrowIfNull(sampleShape);
        ArgumentNullException.ThrowIfNull(hidden);
        var layers = new List<Layer> { new Flatten() };
        int width = sampleShape.ElementCount;
        for (int i = 0; i < hidden.Count; i++)
        {
            layers.Add(new Dense($"fc{i + 1}", width, hidden[i]));
            layers.Add(new Activation(ActivationFunction.Relu));
            width = hidden[i];
        }

        layers.Add(new Dense(hidden.Count == 0 ? "fc" : $"fc{hidden.Count + 1}", width, outputs));
        return new Model(name, sampleShape, layers);
    }

    private static void CheckImage(string model, TensorShape sampleShape, int minimumSide)
    {
        ArgumentNullException.ThrowIfNull(sampleShape);
        if (sampleShape.Rank != 3 || sampleShape[1] < minimumSide || sampleShape[2] < minimumSide)
        {
            throw new ArgumentException(
                $"The model '{model}' needs images [channels, height, width] of at least {minimumSide} x {minimumSide}, " +
                $"not samples of the shape {sampleShape}. Use 'mlp' or 'linear' for tabular data.", nameof(sampleShape));
        }
    }
}
