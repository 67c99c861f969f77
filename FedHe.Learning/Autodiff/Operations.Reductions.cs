using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Autodiff;

public static partial class Operations
{
    /// <summary>Sums all elements to a scalar.</summary>
    public static Variable Sum(Variable variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return SumTo(variable, TensorShape.Scalar);
    }

    /// <summary>Sums the elements over some axes.</summary>
    /// <param name="variable">The values.</param>
    /// <param name="axes">The axes to sum over, each once.</param>
    /// <param name="keepDimensions">Keep the summed axes with size one instead of dropping them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An axis does not exist.</exception>
    public static Variable Sum(Variable variable, IReadOnlyList<int> axes, bool keepDimensions = false)
    {
        ArgumentNullException.ThrowIfNull(variable);
        bool[] reduced = MarkAxes(variable.Shape, axes);
        Variable sum = SumAxes(variable, reduced);
        return keepDimensions ? sum : Reshape(sum, Drop(variable.Shape, reduced));
    }

    /// <summary>Averages all elements to a scalar.</summary>
    public static Variable Mean(Variable variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return Scale(Sum(variable), 1f / variable.Value.Length);
    }

    /// <summary>Averages the elements over some axes.</summary>
    /// <param name="variable">The values.</param>
    /// <param name="axes">The axes to average over, each once.</param>
    /// <param name="keepDimensions">Keep the averaged axes with size one instead of dropping them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An axis does not exist.</exception>
    public static Variable Mean(Variable variable, IReadOnlyList<int> axes, bool keepDimensions = false)
    {
        Variable sum = Sum(variable, axes, keepDimensions);
        return Scale(sum, (float)sum.Value.Length / variable.Value.Length);
    }

    /// <summary>Finds the largest element over some axes; elements that tie share the gradient evenly.</summary>
    /// <param name="variable">The values.</param>
    /// <param name="axes">The axes to search, each once.</param>
    /// <param name="keepDimensions">Keep the searched axes with size one instead of dropping them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An axis does not exist.</exception>
    public static Variable Max(Variable variable, IReadOnlyList<int> axes, bool keepDimensions = false)
    {
        ArgumentNullException.ThrowIfNull(variable);
        bool[] reduced = MarkAxes(variable.Shape, axes);
        Tensor largest = ReductionKernel.Reduce<MaxOperator>(variable.Value, reduced);
        var result = Variable.Record(
            largest,
            [variable],
            (upstream, step) => upstream * TieShares(step.Inputs[0].Value, largest, reduced));
        return keepDimensions ? result : Reshape(result, Drop(variable.Shape, reduced));
    }

    /// <summary>Sums over the axes that broadcasting has stretched, as the gradient of broadcasting requires.</summary>
    /// <exception cref="ArgumentException">The variable's shape is not a broadcast of the given one.</exception>
    public static Variable SumTo(Variable variable, TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(shape);
        if (variable.Shape.Equals(shape))
        {
            return variable;
        }

        if (!BroadcastKernel.CommonShape(variable.Shape, shape).Equals(variable.Shape))
        {
            throw new ArgumentException($"The shape {variable.Shape} cannot be summed to {shape}.", nameof(shape));
        }

        int added = variable.Shape.Rank - shape.Rank;
        bool[] reduced = new bool[variable.Shape.Rank];
        for (int axis = 0; axis < reduced.Length; axis++)
        {
            reduced[axis] = axis < added || (shape[axis - added] == 1 && variable.Shape[axis] != 1);
        }

        return Reshape(SumAxes(variable, reduced), shape);
    }

    private static Variable SumAxes(Variable variable, bool[] reduced) => Variable.Record(
        ReductionKernel.Reduce<SumOperator>(variable.Value, reduced),
        [variable],
        static (upstream, step) => BroadcastTo(upstream, step.Inputs[0].Shape));

    /// <summary>Computes each element's share of the gradient: 1 / (number of ties) where the element is the largest,
    /// and 0 elsewhere.</summary>
    private static Variable TieShares(Tensor values, Tensor largest, bool[] reduced)
    {
        Tensor spread = BroadcastKernel.BroadcastTo(largest, values.Shape);
        var hits = Tensor.Uninitialized(values.Shape);
        for (int i = 0; i < hits.Length; i++)
        {
            hits.Values[i] = values.Values[i] == spread.Values[i] ? 1 : 0;
        }

        return Variable.Constant(BroadcastKernel.Apply<DivideOperator>(hits, ReductionKernel.Reduce<SumOperator>(hits, reduced)));
    }

    private static bool[] MarkAxes(TensorShape shape, IReadOnlyList<int> axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        bool[] marked = new bool[shape.Rank];
        foreach (int axis in axes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(axis, nameof(axes));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(axis, shape.Rank, nameof(axes));
            marked[axis] = true;
        }

        return marked;
    }

    private static TensorShape Drop(TensorShape shape, bool[] reduced) =>
        TensorShape.Create([.. shape.Where((_, axis) => !reduced[axis])]);
}
