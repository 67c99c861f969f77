using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Training;

/// <summary>An objective function computes the loss that an <see cref="Objective"/> names.</summary>
internal static class ObjectiveFunction
{
    /// <summary>Computes the mean loss of a batch.</summary>
    public static Variable Loss(Objective objective, Variable outputs, ReadOnlySpan<int> labels)
    {
        bool single = outputs.Shape[1] == 1;
        return objective switch
        {
            Objective.CrossEntropy when single => Losses.BinaryCrossEntropy(outputs, Numbers(labels)),
            Objective.CrossEntropy => Losses.SoftmaxCrossEntropy(outputs, labels),
            _ when single => Losses.MeanSquaredError(outputs, Numbers(labels)),
            _ => Losses.MeanSquaredError(outputs, Variable.Constant(Tensor.OneHot(labels, outputs.Shape[1]))),
        };
    }

    /// <summary>Computes the derivatives of each sample's own loss with respect to its outputs.</summary>
    /// <remarks>In double precision and row by row, so that a row does not depend on the company in which it is computed.</remarks>
    /// <returns>[batch, outputs].</returns>
    public static Tensor SampleOutputGradients(Objective objective, Tensor outputs, ReadOnlySpan<int> labels)
    {
        int width = outputs.Shape[1];
        var gradients = Tensor.Uninitialized(outputs.Shape);
        for (int row = 0; row < labels.Length; row++)
        {
            ReadOnlySpan<float> scores = outputs.Values.Slice(row * width, width);
            Span<float> gradient = gradients.Values.Slice(row * width, width);
            if (width == 1)
            {
                gradient[0] = objective == Objective.CrossEntropy
                    ? (float)((1 / (1 + Math.Exp(-(double)scores[0]))) - labels[row])
                    : (float)(2 * ((double)scores[0] - labels[row]));
                continue;
            }

            ArgumentOutOfRangeException.ThrowIfNegative(labels[row], nameof(labels));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(labels[row], width, nameof(labels));
            if (objective == Objective.CrossEntropy)
            {
                SoftmaxMinusOneHot(scores, labels[row], gradient);
                continue;
            }

            for (int i = 0; i < width; i++)
            {
                gradient[i] = (float)(2.0 / width * (scores[i] - (i == labels[row] ? 1.0 : 0.0)));
            }
        }

        return gradients;
    }

    private static void SoftmaxMinusOneHot(ReadOnlySpan<float> scores, int label, Span<float> gradient)
    {
        double largest = double.NegativeInfinity;
        foreach (float score in scores)
        {
            largest = Math.Max(largest, score);
        }

        double sum = 0;
        foreach (float score in scores)
        {
            sum += Math.Exp(score - largest);
        }

        for (int i = 0; i < scores.Length; i++)
        {
            double share = Math.Exp(scores[i] - largest) / sum;

            // 1 - share would lose what is left of a confident sample.
            gradient[i] = (float)(i == label ? -RestOf(scores, label, largest) / sum : share);
        }
    }

    private static double RestOf(ReadOnlySpan<float> scores, int label, double largest)
    {
        double rest = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            rest += i == label ? 0 : Math.Exp(scores[i] - largest);
        }

        return rest;
    }

    private static Variable Numbers(ReadOnlySpan<int> labels)
    {
        float[] values = new float[labels.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = labels[i];
        }

        return Variable.Constant(new Tensor([labels.Length, 1], values));
    }
}
