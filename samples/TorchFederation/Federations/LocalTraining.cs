using FedHe.Orchestration.Job;
using TorchFederation.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchFederation.Federations;

/// <summary>A training loop as one writes it in TorchSharp.</summary>
internal static class LocalTraining
{
    private const int TestBatch = 500;

    /// <summary>Trains for the epochs of a task, on batches in random order.</summary>
    public static void Train(
        nn.Module<Tensor, Tensor> model,
        Samples samples,
        Func<nn.Module<Tensor, Tensor>, double, optim.Optimizer> createOptimizer,
        TrainingTask task,
        IProgress<double> progress,
        CancellationToken cancellationToken)
    {
        using optim.Optimizer optimizer = createOptimizer(model, task.Training.LearningRate);
        int steps = (samples.Count + task.Training.BatchSize - 1) / task.Training.BatchSize;
        for (int epoch = 0; epoch < task.Training.LocalEpochs; epoch++)
        {
            using Tensor order = randperm(samples.Count);
            for (int step = 0; step < steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope scope = NewDisposeScope();
                int start = step * task.Training.BatchSize;
                Tensor batch = order.narrow(0, start, Math.Min(task.Training.BatchSize, samples.Count - start));
                optimizer.zero_grad();
                LossOf(model.call(samples.Inputs[batch]), samples.Labels[batch]).backward();
                optimizer.step();
                progress.Report((epoch + ((step + 1.0) / steps)) / task.Training.LocalEpochs);
            }
        }
    }

    /// <summary>Computes the share of right predictions.</summary>
    public static double Accuracy(nn.Module<Tensor, Tensor> model, Samples samples)
    {
        using IDisposable withoutGradients = no_grad();
        model.eval();
        long right = 0;
        for (int start = 0; start < samples.Count; start += TestBatch)
        {
            using DisposeScope scope = NewDisposeScope();
            int count = Math.Min(TestBatch, samples.Count - start);
            Tensor predictions = model.call(samples.Inputs.narrow(0, start, count)).argmax(1);
            right += predictions.eq(samples.Labels.narrow(0, start, count).flatten()).sum().item<long>();
        }

        // Labels below zero are passed over, as the loss does.
        using Tensor counted = samples.Labels.ge(0).sum();
        return (double)right / counted.item<long>();
    }

    private static Tensor LossOf(Tensor logits, Tensor labels) => nn.functional.cross_entropy(logits, labels.flatten());
}
