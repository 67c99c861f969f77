using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Training;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>Accuracy settings are what all ways of training have in common.</summary>
internal sealed record AccuracySettings
{
    public required IReadOnlyList<Dataset> Silos { get; init; }

    public required Dataset Test { get; init; }

    public required Model InitialModel { get; init; }

    public required int Threads { get; init; }

    /// <summary>Computes the accuracy of a model on held-out samples.</summary>
    public double AccuracyOf(Model model) => Evaluator.Evaluate(model, Test, degree: Threads).Accuracy;

    /// <summary>Averages models with equal weights into the first of them.</summary>
    public static void Average(IReadOnlyList<Model> models)
    {
        for (int p = 0; p < models[0].Parameters.Count; p++)
        {
            Span<float> mean = models[0].Parameters[p].Value.Values;
            for (int i = 0; i < mean.Length; i++)
            {
                double sum = 0;
                foreach (Model model in models)
                {
                    sum += model.Parameters[p].Value.Values[i];
                }

                mean[i] = (float)(sum / models.Count);
            }
        }
    }
}
