using FedHe.Learning.Autodiff;
using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Training;

/// <summary>A trainer fits a model in place by mini-batch gradient descent.</summary>
public static class Trainer
{
    /// <summary>Trains a model; equal models, samples and options give bit for bit equal results.</summary>
    /// <param name="model">The model to change. With a proximal term, its present parameters are the anchor.</param>
    /// <param name="dataset">At least one sample, of the model's sample shape.</param>
    /// <param name="options">How to train.</param>
    /// <param name="cancellationToken">Stops between two steps; the model keeps the steps already taken.</param>
    /// <exception cref="ArgumentException">The samples do not fit the model, or an option is out of range.</exception>
    /// <exception cref="TrainingDivergedException">The loss is no longer finite.</exception>
    public static TrainingResult Train(
        Model model, Dataset dataset, TrainingOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        CheckFit(model, dataset, options.Objective);

        var random = new SeededRandom(options.Seed);
        var optimizer = new SgdOptimizer(model.Parameters, options);
        int[] order = Enumerable.Range(0, dataset.Count).ToArray();
        double[] losses = new double[options.Epochs];
        int steps = 0;
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            random.Shuffle<int>(order);
            double sum = 0.0;
            for (int start = 0; start < order.Length; start += options.BatchSize, steps++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<int> batch = order.AsSpan(start, Math.Min(options.BatchSize, order.Length - start));
                sum += Step(model, dataset, batch, options, optimizer) * batch.Length;
            }

            losses[epoch] = sum / order.Length;
        }

        return new TrainingResult(losses, steps, dataset.Count);
    }

    /// <summary>Computes the loss of some samples and its gradient for every parameter, without changing the
    /// model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">[batch, ...sample shape].</param>
    /// <param name="labels">One class index per sample.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="degree">The largest number of threads.</param>
    /// <returns>The mean loss, and one gradient per parameter of the model.</returns>
    public static (float Loss, IReadOnlyList<Tensor> Gradients) ComputeGradients(
        Model model, Tensor features, ReadOnlySpan<int> labels, Objective objective = Objective.CrossEntropy, int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        Variable[] parameters = model.ParameterVariables();
        Variable outputs = model.Forward(Variable.Constant(features), parameters, degree);
        Variable loss = ObjectiveFunction.Loss(objective, outputs, labels);
        Variable[] gradients = Gradient.Of(loss, parameters);
        return (loss.ToScalar(), Array.ConvertAll(gradients, gradient => gradient.Value));
    }

    internal static void CheckFit(Model model, Dataset dataset, Objective objective)
    {
        ArgumentOutOfRangeException.ThrowIfZero(dataset.Count, nameof(dataset));
        if (!dataset.SampleShape.Equals(model.SampleShape))
        {
            throw new ArgumentException(
                $"The model '{model.Name}' takes samples of the shape {model.SampleShape}, " +
                $"those of '{dataset.Name}' have the shape {dataset.SampleShape}.",
                nameof(dataset));
        }

        bool binary = model.OutputCount == 1;
        int capacity = !binary ? model.OutputCount : objective == Objective.CrossEntropy ? 2 : int.MaxValue;
        if (dataset.ClassCount > capacity)
        {
            throw new ArgumentException(
                $"The model '{model.Name}' has {model.OutputCount} outputs, " +
                $"too few for the {dataset.ClassCount} classes of '{dataset.Name}'.",
                nameof(dataset));
        }
    }

    private static double Step(
        Model model, Dataset dataset, ReadOnlySpan<int> batch, TrainingOptions options, SgdOptimizer optimizer)
    {
        (float loss, IReadOnlyList<Tensor>? gradients) = ComputeGradients(
            model, dataset.GatherFeatures(batch), dataset.GatherLabels(batch), options.Objective, options.DegreeOfParallelism);
        if (!float.IsFinite(loss))
        {
            throw new TrainingDivergedException();
        }

        for (int i = 0; i < gradients.Count; i++)
        {
            optimizer.Step(i, gradients[i].Values);
        }

        return loss;
    }
}
