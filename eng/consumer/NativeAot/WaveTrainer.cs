using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace NativeAot;

/// <summary>A wave trainer halves a model and adds a wave of its own, by arithmetic that rounds alike everywhere.</summary>
internal sealed class WaveTrainer(int phase, long samples) : ILocalTrainer
{
    public long SampleCount => samples;

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        => Task.FromResult(new LocalTrainingResult(Train(globalModel)));

    public ModelParameters Train(ModelParameters model)
    {
        float[] dense = model.Get<float>("dense").ToArray();
        double[] bias = model.Get<double>("bias").ToArray();
        for (int i = 0; i < dense.Length; i++)
        {
            dense[i] = (dense[i] / 2) + (float)Wave(i);
        }

        for (int i = 0; i < bias.Length; i++)
        {
            bias[i] = (bias[i] / 2) + Wave(i);
        }

        return ModelParameters.CreateBuilder(model.Layout).Set<float>("dense", dense).Set<double>("bias", bias).Build();
    }

    private double Wave(int i) => (((i * phase) % 257) - 128) / 128.0;
}
