using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace MyFederation.Client;

/// <summary>Trains on the client's own data: gradient descent on the squared error.</summary>
public sealed class LineTrainer(Samples samples) : ILocalTrainer
{
    /// <summary>The weight of the client in the average.</summary>
    public long SampleCount => samples.All.Count;

    public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        double slope = globalModel.Get<float>("line")[0], height = globalModel.Get<float>("line")[1];
        for (int epoch = 0; epoch < task.Training.LocalEpochs; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach ((double x, double y) in samples.All)
            {
                double error = (slope * x) + height - y;
                slope -= task.Training.LearningRate * error * x;
                height -= task.Training.LearningRate * error;
            }
        }

        return Task.FromResult(new LocalTrainingResult(LineModel.Of(slope, height)));
    }
}
