using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;

namespace FedHe.Learning.Tests.PerSample;

/// <summary>Gradients by plain backpropagation of one sample at a time: what per-sample gradients are held to.</summary>
internal static class OneByOne
{
    public static float[] Gradient(Model model, Dataset records, int index, Objective objective = Objective.CrossEntropy)
    {
        (_, IReadOnlyList<Tensor> gradients) = Trainer.ComputeGradients(
            model, records.GatherFeatures([index]), records.GatherLabels([index]), objective);
        return [.. gradients.SelectMany(gradient => gradient.Values.ToArray())];
    }

    public static double Norm(IEnumerable<float> gradient) => Math.Sqrt(gradient.Sum(value => (double)value * value));

    public static double[] ClippedSum(
        Model model, Dataset records, double clipNorm, Objective objective = Objective.CrossEntropy)
    {
        double[] sum = new double[model.ParameterCount];
        for (int index = 0; index < records.Count; index++)
        {
            float[] gradient = Gradient(model, records, index, objective);
            double factor = Math.Min(1, clipNorm / Norm(gradient));
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += factor * gradient[i];
            }
        }

        return sum;
    }

    /// <summary>The norm of the difference over the norm of what is expected.</summary>
    public static double RelativeError(IReadOnlyList<float> actual, IReadOnlyList<double> expected) => Math.Sqrt(
        actual.Zip(expected, (left, right) => (left - right) * (left - right)).Sum() / expected.Sum(value => value * value));
}
