using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Data.Reading;
using TorchFederation.Data;
using TorchFederation.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchFederation.Federations;

/// <summary>An experiment is a model with the data of its clients.</summary>
/// <param name="Name">The name of model and data.</param>
/// <param name="CreateModel">Creates a module of random parameters.</param>
/// <param name="Shares">The samples of each client.</param>
/// <param name="Test">The held-out samples.</param>
/// <param name="CreateOptimizer">Creates the optimizer of one training.</param>
/// <param name="LearningRate">The learning rate.</param>
internal sealed record Experiment(
    string Name,
    Func<nn.Module<Tensor, Tensor>> CreateModel,
    IReadOnlyList<Samples> Shares,
    Samples Test,
    Func<nn.Module<Tensor, Tensor>, double, optim.Optimizer> CreateOptimizer,
    double LearningRate) : IDisposable
{
    /// <summary>The number of samples in a step.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>The number of passes over a client's samples in a round.</summary>
    public int LocalEpochs { get; init; } = 2;

    public const int Clients = 3;

    private const int SyntheticSamples = 400;

    public static Experiment LeNet(int seed)
        => OfPictures("LeNet on tinted digits", () => new LeNet(), TintedDigits.Generate(SyntheticSamples, seed), seed, Adam, learningRate: 0.003);

    public static Experiment Cnn(int seed)
        => OfPictures("CNN on synthetic digits", () => new Cnn(), SyntheticDigits.Generate(SyntheticSamples, seed), seed, Sgd, learningRate: 0.02);

    /// <summary>Reads MNIST, or other pictures of its size, holds a fifth out and divides the rest unequally.</summary>
    public static Experiment CnnOn(string folder, int seed)
    {
        LoadedDataset loaded = DatasetReader.Open(folder);
        DatasetSplit split = loaded.Split(seed);
        if (!split.Training.SampleShape.SequenceEqual([1, 28, 28]) || split.Training.ClassCount > 10)
        {
            throw new DatasetFormatException($"{folder}: the CNN takes pictures of 28 x 28 gray pixels in ten classes, as MNIST has them.");
        }

        return Of($"CNN on {split.Training.Name}", () => new Cnn(), split, seed, Sgd, learningRate: 0.03) with { BatchSize = 32, LocalEpochs = 1 };
    }

    public static Experiment Transformer(int seed)
    {
        Samples[] shares = [.. Enumerable.Range(0, Clients).Select(client => Sequences.Generate(100 + (100 * client), seed + client))];
        return new Experiment(
            "transformer on sequences",
            () => new SmallTransformer(Sequences.Vocabulary, Sequences.Length, width: 32),
            shares,
            Sequences.Generate(150, seed + Clients),
            Adam,
            LearningRate: 0.005);
    }

    public void Dispose()
    {
        foreach (Samples samples in Shares.Append(Test))
        {
            samples.Dispose();
        }
    }

    private static Experiment OfPictures(
        string name,
        Func<nn.Module<Tensor, Tensor>> create,
        Dataset pictures,
        int seed,
        Func<nn.Module<Tensor, Tensor>, double, optim.Optimizer> optimizer,
        double learningRate)
        => Of(name, create, DatasetSplit.Stratified(pictures, seed), seed, optimizer, learningRate);

    private static Experiment Of(
        string name,
        Func<nn.Module<Tensor, Tensor>> create,
        DatasetSplit split,
        int seed,
        Func<nn.Module<Tensor, Tensor>, double, optim.Optimizer> optimizer,
        double learningRate)
    {
        IReadOnlyList<Dataset> shares = DirichletPartition.Split(split.Training, Clients, alpha: 2, seed, minimumPerClient: 32);
        return new Experiment(name, create, [.. shares.Select(Samples.Of)], Samples.Of(split.Test), optimizer, learningRate);
    }

    private static optim.Optimizer Sgd(nn.Module<Tensor, Tensor> model, double learningRate)
        => optim.SGD(model.parameters(), learningRate, momentum: 0.9);

    private static optim.Optimizer Adam(nn.Module<Tensor, Tensor> model, double learningRate)
        => optim.Adam(model.parameters(), learningRate);
}
