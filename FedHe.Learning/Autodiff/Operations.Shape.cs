using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Autodiff;

public static partial class Operations
{
    /// <summary>Gives the same elements another shape with the same element count.</summary>
    /// <exception cref="ArgumentException">The element counts differ.</exception>
    public static Variable Reshape(Variable variable, TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(shape);
        return variable.Shape.Equals(shape)
            ? variable
            : Variable.Record(
                variable.Value.Reshape(shape),
                [variable],
                static (upstream, step) => Reshape(upstream, step.Inputs[0].Shape));
    }

    /// <summary>Repeats dimensions of size one until the shape is reached.</summary>
    /// <exception cref="ArgumentException">The variable cannot be stretched to the shape.</exception>
    public static Variable BroadcastTo(Variable variable, TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(shape);
        return variable.Shape.Equals(shape)
            ? variable
            : Variable.Record(
                BroadcastKernel.BroadcastTo(variable.Value, shape),
                [variable],
                static (upstream, step) => SumTo(upstream, step.Inputs[0].Shape));
    }

    /// <summary>Swaps the two axes of a matrix.</summary>
    public static Variable Transpose(Variable matrix) => Transpose(matrix, [1, 0]);

    /// <summary>Reorders the axes: axis i of the result is axis <c>permutation[i]</c> of the variable.</summary>
    /// <exception cref="ArgumentException">The list is not a permutation of the variable's axes.</exception>
    public static Variable Transpose(Variable variable, IReadOnlyList<int> permutation)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(permutation);
        int[] axes = [.. permutation];
        int[] inverse = new int[axes.Length];
        Array.Fill(inverse, -1);
        for (int axis = 0; axis < axes.Length; axis++)
        {
            if (axes.Length != variable.Shape.Rank || (uint)axes[axis] >= (uint)axes.Length || inverse[axes[axis]] >= 0)
            {
                throw new ArgumentException(
                    $"[{string.Join(", ", axes)}] is not a permutation of the axes of {variable.Shape}.",
                    nameof(permutation));
            }

            inverse[axes[axis]] = axis;
        }

        return Variable.Record(
            IndexKernel.Permute(variable.Value, axes),
            [variable],
            (upstream, _) => Transpose(upstream, inverse));
    }

    /// <summary>Gathers elements at given positions, counted in row-major order: result[i] =
    /// variable[indices[i]].</summary>
    /// <param name="variable">The values to choose from.</param>
    /// <param name="indices">One position in the variable per element of the result.</param>
    /// <param name="shape">The shape of the result.</param>
    /// <exception cref="ArgumentException">There are not as many indices as the shape has elements.</exception>
    public static Variable Gather(Variable variable, IReadOnlyList<int> indices, TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentNullException.ThrowIfNull(shape);
        int[] positions = CheckedIndices(indices, shape.ElementCount, variable.Value.Length);
        return GatherAt(variable, positions, shape);
    }

    /// <summary>Adds elements at given positions of zeros: result[indices[i]] += variable[i], the transpose of <see
    /// cref="Gather"/>.</summary>
    /// <param name="variable">The values to add.</param>
    /// <param name="indices">One position in the result per element of the variable.</param>
    /// <param name="shape">The shape of the result.</param>
    /// <exception cref="ArgumentException">There are not as many indices as the variable has elements.</exception>
    public static Variable ScatterAdd(Variable variable, IReadOnlyList<int> indices, TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentNullException.ThrowIfNull(shape);
        int[] positions = CheckedIndices(indices, variable.Value.Length, shape.ElementCount);
        return ScatterAddAt(variable, positions, shape);
    }

    private static Variable GatherAt(Variable variable, int[] indices, TensorShape shape) => Variable.Record(
        IndexKernel.Gather(variable.Value, indices, shape),
        [variable],
        (upstream, step) => ScatterAddAt(upstream, indices, step.Inputs[0].Shape));

    private static Variable ScatterAddAt(Variable variable, int[] indices, TensorShape shape) => Variable.Record(
        IndexKernel.ScatterAdd(variable.Value, indices, shape),
        [variable],
        (upstream, step) => GatherAt(upstream, indices, step.Inputs[0].Shape));

    private static int[] CheckedIndices(IReadOnlyList<int> indices, int count, int limit)
    {
        if (indices.Count != count)
        {
            throw new ArgumentException($"{count} indices are needed, {indices.Count} were given.", nameof(indices));
        }

        int[] positions = [.. indices];
        foreach (int position in positions)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, limit, nameof(indices));
        }

        return positions;
    }
}
