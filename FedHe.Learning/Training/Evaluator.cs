using System.Numerics.Tensors;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.Learning.Training;

/// <summary>An evaluator measures a model on samples.</summary>
public static class Evaluator
{
    private const int BatchSize = 128;

    /// <summary>Predicts the class of every sample and compares it with the label.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dataset">At least one sample, of the model's sample shape.</param>
    /// <param name="objective">The loss to report.</param>
    /// <param name="degree">The largest number of threads.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <exception cref="ArgumentException">The samples do not fit the model.</exception>
    public static Evaluation Evaluate(
        Model model, Dataset dataset, Objective objective = Objective.CrossEntropy, int degree = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        Trainer.CheckFit(model, dataset, objective);
        int[] order = Enumerable.Range(0, dataset.Count).ToArray();
        int correct = 0;
        double loss = 0.0;
        for (int start = 0; start < order.Length; start += BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<int> batch = order.AsSpan(start, Math.Min(BatchSize, order.Length - start));
            int[] labels = dataset.GatherLabels(batch);
            Tensor outputs = model.Predict(dataset.GatherFeatures(batch), degree);
            loss += ObjectiveFunction.Loss(objective, Variable.Constant(outputs), labels).ToScalar() * (double)batch.Length;
            correct += CountCorrect(outputs, labels, objective);
        }

        return new Evaluation(correct, dataset.Count, loss / dataset.Count);
    }

    /// <summary>Computes the loss of every sample by itself.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dataset">At least one sample, of the model's sample shape.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="degree">The largest number of threads.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One loss for each sample.</returns>
    /// <exception cref="ArgumentException">The samples do not fit the model.</exception>
    public static double[] SampleLosses(
        Model model, Dataset dataset, Objective objective = Objective.CrossEntropy, int degree = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        Trainer.CheckFit(model, dataset, objective);
        double[] losses = new double[dataset.Count];
        int[] order = Enumerable.Range(0, dataset.Count).ToArray();
        for (int start = 0; start < order.Length; start += BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<int> batch = order.AsSpan(start, Math.Min(BatchSize, order.Length - start));
            int[] labels = dataset.GatherLabels(batch);
            Tensor outputs = model.Predict(dataset.GatherFeatures(batch), degree);
            int width = outputs.Shape[1];
            for (int row = 0; row < labels.Length; row++)
            {
                var scores = new Tensor([1, width], outputs.Values.Slice(row * width, width).ToArray());
                losses[start + row] = ObjectiveFunction.Loss(objective, Variable.Constant(scores), [labels[row]]).ToScalar();
            }
        }

        return losses;
    }

    private static int CountCorrect(Tensor outputs, ReadOnlySpan<int> labels, Objective objective)
    {
        int correct = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            Span<float> scores = outputs.Values.Slice(row * outputs.Shape[1], outputs.Shape[1]);
            correct += Predict(scores, objective) == labels[row] ? 1 : 0;
        }

        return correct;
    }

    private static int Predict(ReadOnlySpan<float> scores, Objective objective) => scores.Length switch
    {
        > 1 => TensorPrimitives.IndexOfMax(scores),
        _ when objective == Objective.CrossEntropy => scores[0] > 0 ? 1 : 0,
        _ => (int)MathF.Round(scores[0]),
    };
}
