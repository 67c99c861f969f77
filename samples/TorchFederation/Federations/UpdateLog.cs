using System.Collections.Concurrent;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace TorchFederation.Federations;

/// <summary>
/// An update log keeps every client's latest update in clear, to compare the encrypted average with the plain one. A real federation has
/// no such thing.
/// </summary>
internal sealed class UpdateLog
{
    private readonly ConcurrentDictionary<ClientId, (ModelParameters Model, long Weight)> _latest = new();

    /// <summary>Wraps a trainer such that its results are kept.</summary>
    public ILocalTrainer Record(ClientId client, ILocalTrainer trainer) => new Recorder(this, client, trainer);

    /// <summary>Finds the largest difference between an encrypted average and the plain one, and whether each is within its promise.</summary>
    public (double Largest, bool IsWithinPromise) Compare(AveragedModel averaged)
    {
        double total = _latest.Values.Sum(update => update.Weight);
        ModelLayout layout = averaged.Parameters.Layout;
        double largest = 0;
        bool isWithin = averaged.Contributions == _latest.Count;
        for (int t = 0; t < layout.Tensors.Length; t++)
        {
            TensorSpec tensor = layout.Tensors[t];
            var difference = new double[tensor.ToArrayLength()];
            Add(averaged.Parameters.Get<float>(tensor.Name), 1, difference);
            foreach ((ModelParameters model, long weight) in _latest.Values)
            {
                Add(model.Get<float>(tensor.Name), -weight / total, difference);
            }

            double ofTensor = difference.Max(Math.Abs);
            isWithin &= ofTensor <= averaged.ErrorBounds[t];
            largest = Math.Max(largest, ofTensor);
        }

        return (largest, isWithin);
    }

    /// <summary>Measures the gap between the average of the clients' products of adapters and the product of their averages.</summary>
    public double GapOfProducts()
    {
        (ModelParameters Model, long Weight)[] latest = [.. _latest.Values];
        return NaiveAdapterAverage.Measure([.. latest.Select(update => update.Model)], [.. latest.Select(update => update.Weight)]).LargestGap;
    }

    private static void Add(ReadOnlySpan<float> values, double factor, double[] sums)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += factor * values[i];
        }
    }

    private sealed class Recorder(UpdateLog log, ClientId client, ILocalTrainer trainer) : ILocalTrainer
    {
        public long SampleCount => trainer.SampleCount;

        public async Task<LocalTrainingResult> TrainAsync(
            ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        {
            LocalTrainingResult result = await trainer.TrainAsync(globalModel, task, progress, cancellationToken);
            log._latest[client] = (result.Parameters, Math.Min(trainer.SampleCount, task.WeightLimit));
            return result;
        }
    }
}
