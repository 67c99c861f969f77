using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace TorchFederation.Federations;

/// <summary>Federated averaging without encryption, of clients that train in the same way.</summary>
/// <remarks>Source: McMahan et al., AISTATS 2017, Algorithm 1.</remarks>
internal static class PlainFedAvg
{
    /// <summary>Runs a round: every client trains from the model, and the results are averaged by weight.</summary>
    public static async Task<ModelParameters> RoundAsync(
        ModelParameters model, IReadOnlyList<ILocalTrainer> trainers, TrainingTask task, CancellationToken cancellationToken)
    {
        var sums = new double[model.Layout.ToArrayLength()];
        var values = new double[sums.Length];
        double total = trainers.Sum(trainer => trainer.SampleCount);
        foreach (ILocalTrainer trainer in trainers)
        {
            LocalTrainingResult result = await trainer.TrainAsync(model, task, progress: null, cancellationToken);
            result.Parameters.CopyFlatTo(0, values);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += trainer.SampleCount / total * values[i];
            }
        }

        ModelParametersBuilder builder = ModelParameters.CreateBuilder(model.Layout);
        int start = 0;
        foreach (TensorSpec tensor in model.Layout.Tensors)
        {
            builder.Set<float>(tensor.Name, Array.ConvertAll(sums[start..(start + tensor.ToArrayLength())], value => (float)value));
            start += tensor.ToArrayLength();
        }

        return builder.Build();
    }
}
