using FedHe.Learning.Tensors;

namespace FedHe.Learning.Autodiff;

public static partial class Operations
{
    /// <summary>Computes the logarithm of <see cref="Softmax"/> over the last axis, without overflow.</summary>
    /// <param name="logits">[..., classes].</param>
    public static Variable LogSoftmax(Variable logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        int[] last = [logits.Shape.Rank - 1];

        // The result does not depend on the shift, so the shift may be a constant.
        Variable shifted = logits - Max(logits.Detach(), last, keepDimensions: true);
        return shifted - Log(Sum(Exp(shifted), last, keepDimensions: true));
    }

    /// <summary>Computes positive numbers that sum to one over the last axis, in proportion to e^logit.</summary>
    /// <param name="logits">[..., classes].</param>
    public static Variable Softmax(Variable logits) => Exp(LogSoftmax(logits));

    /// <summary>Selects one entry of every row.</summary>
    /// <param name="matrix">[rows, columns].</param>
    /// <param name="columns">The column to take from each row.</param>
    /// <returns>[rows].</returns>
    /// <exception cref="ArgumentException">There is not one valid column per row.</exception>
    public static Variable SelectColumns(Variable matrix, ReadOnlySpan<int> columns)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.Shape.Rank != 2 || matrix.Shape[0] != columns.Length)
        {
            throw new ArgumentException(
                $"A matrix of the shape {matrix.Shape} needs one column index per row, {columns.Length} were given.",
                nameof(columns));
        }

        int[] positions = new int[columns.Length];
        for (int row = 0; row < positions.Length; row++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(columns[row], nameof(columns));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(columns[row], matrix.Shape[1], nameof(columns));
            positions[row] = (row * matrix.Shape[1]) + columns[row];
        }

        return GatherAt(matrix, positions, TensorShape.Create(positions.Length));
    }
}
