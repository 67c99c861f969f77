namespace FedHe.Learning.Autodiff;

/// <summary>The loss functions average over the batch and return a scalar.</summary>
public static class Losses
{
    /// <summary>Computes the softmax cross-entropy with class indices.</summary>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">One class index per row.</param>
    /// <exception cref="ArgumentException">There is not one valid label per row.</exception>
    public static Variable SoftmaxCrossEntropy(Variable logits, ReadOnlySpan<int> labels) =>
        -Operations.Mean(Operations.SelectColumns(Operations.LogSoftmax(logits), labels));

    /// <summary>Computes the softmax cross-entropy with label distributions, differentiable in both arguments.</summary>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">[batch, classes], each row a distribution.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Variable SoftmaxCrossEntropy(Variable logits, Variable labels)
    {
        CheckSameShape(logits, labels);
        return Operations.Sum(labels * Operations.LogSoftmax(logits)) * (-1f / logits.Shape[0]);
    }

    /// <summary>Computes the binary cross-entropy of sigmoid(logits) without overflow.</summary>
    /// <param name="logits">Any shape.</param>
    /// <param name="targets">The same shape, values in [0, 1].</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Variable BinaryCrossEntropy(Variable logits, Variable targets)
    {
        CheckSameShape(logits, targets);
        return Operations.Mean(Operations.Softplus(logits) - (logits * targets));
    }

    /// <summary>Computes the mean of the squared differences over all elements.</summary>
    /// <param name="predictions">Any shape.</param>
    /// <param name="targets">The same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Variable MeanSquaredError(Variable predictions, Variable targets)
    {
        CheckSameShape(predictions, targets);
        return Operations.Mean(Operations.Square(predictions - targets));
    }

    private static void CheckSameShape(Variable left, Variable right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (!left.Shape.Equals(right.Shape))
        {
            throw new ArgumentException(
                $"The predictions {left.Shape} and the targets {right.Shape} must have the same shape.");
        }
    }
}
