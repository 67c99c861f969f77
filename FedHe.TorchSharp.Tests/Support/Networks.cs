using FedHe.Learning.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>The models of FedHe.Learning in TorchSharp, with the same names in the same order.</summary>
internal static class Networks
{
    public static Sequential Of(Model model) => model.Name switch
    {
        "lenet" => LeNet(model),
        "cnn" => Cnn(model),
        "mlp" => nn.Sequential(
            ("flatten", nn.Flatten()), ("fc1", DenseOf(model, "fc1")), ("relu", nn.ReLU()), ("fc2", DenseOf(model, "fc2"))),
        _ => nn.Sequential(("flatten", nn.Flatten()), ("fc", DenseOf(model, "fc"))),
    };

    private static Sequential LeNet(Model model)
    {
        var parts = new List<(string, nn.Module<Tensor, Tensor>)>();
        int[] strides = [2, 2, 1, 1];
        for (int i = 0; i < strides.Length; i++)
        {
            parts.Add(($"conv{i + 1}", ConvolutionOf(model, $"conv{i + 1}", strides[i])));
            parts.Add(($"sigmoid{i + 1}", nn.Sigmoid()));
        }

        return nn.Sequential([.. parts, ("flatten", nn.Flatten()), ("fc", DenseOf(model, "fc"))]);
    }

    private static Sequential Cnn(Model model) => nn.Sequential(
        ("conv1", ConvolutionOf(model, "conv1", stride: 1)),
        ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)),
        ("conv2", ConvolutionOf(model, "conv2", stride: 1)),
        ("relu2", nn.ReLU()),
        ("pool2", nn.MaxPool2d(2)),
        ("flatten", nn.Flatten()),
        ("fc1", DenseOf(model, "fc1")),
        ("relu3", nn.ReLU()),
        ("fc2", DenseOf(model, "fc2")));

    private static Conv2d ConvolutionOf(Model model, string name, int stride)
    {
        Learning.Tensors.TensorShape shape = WeightOf(model, name);
        return nn.Conv2d(shape[1], shape[0], shape[2], stride: stride, padding: shape[2] / 2);
    }

    private static Linear DenseOf(Model model, string name) => nn.Linear(WeightOf(model, name)[1], WeightOf(model, name)[0]);

    private static Learning.Tensors.TensorShape WeightOf(Model model, string name)
        => model.Parameters.Single(parameter => parameter.Name == $"{name}.weight").Value.Shape;
}
