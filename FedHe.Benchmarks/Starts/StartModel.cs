using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Benchmarks.Starts;

/// <summary>A start model has one tensor. Its trainer takes no time, because the trained values lie ready.</summary>
internal sealed class StartModel(ModelParameters trained) : ILocalTrainer
{
    private const string Name = "model.weight";

    public long SampleCount => 1;

    public static ModelLayout LayoutOf(int parameters) => new(new TensorSpec(Name, ElementType.Float32, [parameters], bound: 1));

    public static ModelParameters Of(ModelLayout layout, ReadOnlySpan<float> values)
        => ModelParameters.CreateBuilder(layout).Set(Name, values).Build();

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        => Task.FromResult(new LocalTrainingResult(trained));
}
