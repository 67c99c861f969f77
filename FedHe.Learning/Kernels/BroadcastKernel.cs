using FedHe.Learning.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>The broadcast kernel applies elementwise operations to two tensors whose shapes match once dimensions of
/// size one are stretched.</summary>
internal static class BroadcastKernel
{
    /// <summary>Finds the common shape of two operands, aligned at their innermost dimensions.</summary>
    /// <exception cref="ArgumentException">Two sizes differ and neither is one.</exception>
    public static TensorShape CommonShape(TensorShape left, TensorShape right)
    {
        if (left.Equals(right))
        {
            return left;
        }

        int[] dimensions = new int[Math.Max(left.Rank, right.Rank)];
        for (int axis = 0; axis < dimensions.Length; axis++)
        {
            int a = SizeAt(left, axis, dimensions.Length);
            int b = SizeAt(right, axis, dimensions.Length);
            if (a != b && a != 1 && b != 1)
            {
                throw new ArgumentException($"The shapes {left} and {right} cannot be broadcast together.");
            }

            dimensions[axis] = a == 1 ? b : a;
        }

        return TensorShape.Create(dimensions);
    }

    /// <summary>Applies an operator to two tensors under broadcasting.</summary>
    public static Tensor Apply<TOperator>(Tensor left, Tensor right)
        where TOperator : struct, IBinaryOperator
    {
        TensorShape shape = CommonShape(left.Shape, right.Shape);
        var result = Tensor.Uninitialized(shape);
        if (left.Length == shape.ElementCount && right.Length == shape.ElementCount)
        {
            TOperator.Invoke(left.Values, right.Values, result.Values);
        }
        else if (shape.ElementCount > 0)
        {
            ApplyRuns<TOperator>(left, right, result);
        }

        return result;
    }

    /// <summary>Stretches a tensor to a larger shape.</summary>
    public static Tensor BroadcastTo(Tensor tensor, TensorShape shape)
    {
        if (!CommonShape(tensor.Shape, shape).Equals(shape))
        {
            throw new ArgumentException($"The shape {tensor.Shape} cannot be broadcast to {shape}.", nameof(shape));
        }

        var result = Tensor.Uninitialized(shape);
        if (shape.ElementCount > 0)
        {
            // The result stands in for the left operand, which RightOperator only measures.
            ApplyRuns<RightOperator>(result, tensor, result);
        }

        return result;
    }

    private static void ApplyRuns<TOperator>(Tensor left, Tensor right, Tensor result)
        where TOperator : struct, IBinaryOperator
    {
        (int[]? sizes, int[]? leftStrides, int[]? rightStrides) = Collapse(left.Shape, right.Shape, result.Shape);
        int last = sizes.Length - 1;
        int run = sizes[last], leftStep = leftStrides[last], rightStep = rightStrides[last];
        int[] index = new int[sizes.Length];
        int leftOffset = 0, rightOffset = 0;
        ReadOnlySpan<float> leftValues = left.Values;
        ReadOnlySpan<float> rightValues = right.Values;
        for (int offset = 0; offset < result.Length; offset += run)
        {
            Span<float> destination = result.Values.Slice(offset, run);
            if (leftStep == 0)
            {
                TOperator.Invoke(leftValues[leftOffset], rightValues.Slice(rightOffset, run), destination);
            }
            else if (rightStep == 0)
            {
                TOperator.Invoke(leftValues.Slice(leftOffset, run), rightValues[rightOffset], destination);
            }
            else
            {
                TOperator.Invoke(leftValues.Slice(leftOffset, run), rightValues.Slice(rightOffset, run), destination);
            }

            for (int axis = last - 1; axis >= 0; axis--)
            {
                leftOffset += leftStrides[axis];
                rightOffset += rightStrides[axis];
                if (++index[axis] < sizes[axis])
                {
                    break;
                }

                index[axis] = 0;
                leftOffset -= sizes[axis] * leftStrides[axis];
                rightOffset -= sizes[axis] * rightStrides[axis];
            }
        }
    }

    /// <summary>Merges neighboring axes that both operands walk in the same way, so that runs are as long as possible.</summary>
    private static (
        int[] Sizes, int[] LeftStrides, int[] RightStrides) Collapse(TensorShape left, TensorShape right, TensorShape result)
    {
        var sizes = new List<int>();
        var stretched = new List<(bool Left, bool Right)>();
        for (int axis = 0; axis < result.Rank; axis++)
        {
            if (result[axis] == 1)
            {
                continue;
            }

            (bool, bool) mode = (SizeAt(left, axis, result.Rank) == 1, SizeAt(right, axis, result.Rank) == 1);
            if (stretched.Count > 0 && stretched[^1] == mode)
            {
                sizes[^1] *= result[axis];
            }
            else
            {
                sizes.Add(result[axis]);
                stretched.Add(mode);
            }
        }

        if (sizes.Count == 0)
        {
            return ([1], [1], [1]);
        }

        int[] leftStrides = new int[sizes.Count];
        int[] rightStrides = new int[sizes.Count];
        int leftStride = 1, rightStride = 1;
        for (int axis = sizes.Count - 1; axis >= 0; axis--)
        {
            leftStrides[axis] = stretched[axis].Left ? 0 : leftStride;
            rightStrides[axis] = stretched[axis].Right ? 0 : rightStride;
            leftStride *= stretched[axis].Left ? 1 : sizes[axis];
            rightStride *= stretched[axis].Right ? 1 : sizes[axis];
        }

        return ([.. sizes], leftStrides, rightStrides);
    }

    private static int SizeAt(TensorShape shape, int axis, int rank)
    {
        int own = axis - (rank - shape.Rank);
        return own < 0 ? 1 : shape[own];
    }
}
