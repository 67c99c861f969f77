using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Training;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>A trainer that trains by plain stochastic gradient descent, with corrected gradients where the task has a correction.</summary>
/// <param name="initial">The model.</param>
/// <param name="digits">The client's own samples.</param>
/// <param name="seed">The client's own seed.</param>
internal sealed class DigitTrainer(Model initial, Dataset digits, int seed) : ILocalTrainer
{
    public long SampleCount => digits.Count;

    public static ModelLayout LayoutOf(Model model)
        => new(model.Parameters.Select(parameter => new TensorSpec(parameter.Name, ElementType.Float32, [.. parameter.Value.Shape], bound: 8)));

    public static ModelParameters Export(Model model)
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(LayoutOf(model));
        foreach (Parameter parameter in model.Parameters)
        {
            builder.Set<float>(parameter.Name, parameter.Value.Values);
        }

        return builder.Build();
    }

    public static Model Import(ModelParameters source, Model model)
    {
        model = model.Clone();
        foreach (Parameter parameter in model.Parameters)
        {
            source.Get<float>(parameter.Name).CopyTo(parameter.Value.Values);
        }

        return model;
    }

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Model model = Import(globalModel, initial);
        var options = new TrainingOptions
        {
            Epochs = task.Training.LocalEpochs,
            BatchSize = task.Training.BatchSize,
            LearningRate = (float)task.Training.LearningRate,
            Seed = (1000 * seed) + task.Round,
            Correction = task.Correction is null ? null : [.. model.Parameters.Select(parameter => task.Correction.Of(parameter.Name))],
        };
        TrainingResult result = Trainer.Train(model, digits, options, cancellationToken);
        return Task.FromResult(new LocalTrainingResult(Export(model)) { TotalStep = (double)result.Steps * options.LearningRate });
    }
}
