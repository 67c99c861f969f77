using FedHe.Learning.Models;
using FedHe.MLBridge.Layout;
using FedHe.TorchSharp.State;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LearningTensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>A model of FedHe.Learning and a module of TorchSharp with the same parameters.</summary>
internal sealed record LearningBridge(Model Model, Sequential Module, ModuleLayout Layout) : IDisposable
{
    /// <summary>Creates both, with equal random parameters.</summary>
    public static LearningBridge Create(Model model, int seed)
    {
        model.Initialize(seed);
        Sequential module = Networks.Of(model);
        ModuleLayout layout = ModuleLayout.Of(module, bound: 8);
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout.Layout);
        foreach (Learning.Models.Parameter parameter in model.Parameters)
        {
            builder.Set<float>(parameter.Name, parameter.Value.Values);
        }

        layout.Load(builder.Build(), module);
        return new LearningBridge(model, module, layout);
    }

    /// <summary>Draws a batch of samples in [0, 1).</summary>
    public LearningTensor Batch(int count, int seed)
    {
        var random = new Random(seed);
        LearningTensor batch = LearningTensor.Zeros(Model.SampleShape.Prepend(count));
        foreach (ref float value in batch.Values)
        {
            value = (float)random.NextDouble();
        }

        return batch;
    }

    public int[] Labels(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Math.Max(2, Model.OutputCount)))];
    }

    public static Tensor ToTorch(LearningTensor source)
        => tensor(source.Values.ToArray()).reshape([.. source.Shape.Select(length => (long)length)]);

    public void Dispose() => Module.Dispose();
}
