using System.Numerics.Tensors;
using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.Learning.Autodiff;

/// <summary>A differentiable operation states its result and, for every input, its gradient in terms of other
/// operations, which is all that differentiation of any order needs.</summary>
public static partial class Operations
{
    /// <summary>Adds two variables element by element, with broadcasting.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Variable Add(Variable left, Variable right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return Variable.Record(
            BroadcastKernel.Apply<AddOperator>(left.Value, right.Value),
            [left, right],
            static (upstream, step) => SumTo(upstream, step.Inputs[0].Shape),
            static (upstream, step) => SumTo(upstream, step.Inputs[1].Shape));
    }

    /// <summary>Subtracts the right variable from the left one element by element, with broadcasting.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Variable Subtract(Variable left, Variable right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return Variable.Record(
            BroadcastKernel.Apply<SubtractOperator>(left.Value, right.Value),
            [left, right],
            static (upstream, step) => SumTo(upstream, step.Inputs[0].Shape),
            static (upstream, step) => SumTo(-upstream, step.Inputs[1].Shape));
    }

    /// <summary>Multiplies two variables element by element, with broadcasting.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Variable Multiply(Variable left, Variable right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return Variable.Record(
            BroadcastKernel.Apply<MultiplyOperator>(left.Value, right.Value),
            [left, right],
            static (upstream, step) => SumTo(upstream * step.Inputs[1], step.Inputs[0].Shape),
            static (upstream, step) => SumTo(upstream * step.Inputs[0], step.Inputs[1].Shape));
    }

    /// <summary>Divides the left variable by the right one element by element, with broadcasting.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Variable Divide(Variable left, Variable right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return Variable.Record(
            BroadcastKernel.Apply<DivideOperator>(left.Value, right.Value),
            [left, right],
            static (upstream, step) => SumTo(upstream / step.Inputs[1], step.Inputs[0].Shape),
            static (upstream, step) => SumTo(-(upstream * step.Output / step.Inputs[1]), step.Inputs[1].Shape));
    }

    /// <summary>Multiplies every element by a number.</summary>
    public static Variable Scale(Variable variable, float factor)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var result = Tensor.Uninitialized(variable.Shape);
        TensorPrimitives.Multiply(variable.Value.Values, factor, result.Values);
        return Variable.Record(result, [variable], (upstream, _) => Scale(upstream, factor));
    }

    /// <summary>Adds a number to every element.</summary>
    public static Variable Shift(Variable variable, float offset)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var result = Tensor.Uninitialized(variable.Shape);
        TensorPrimitives.Add(variable.Value.Values, offset, result.Values);
        return Variable.Record(result, [variable], static (upstream, _) => upstream);
    }
}
