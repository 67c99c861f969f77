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
