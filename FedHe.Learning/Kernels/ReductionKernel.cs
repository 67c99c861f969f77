using FedHe.Learning.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>The reduction kernel folds a tensor over chosen axes.</summary>
internal static class ReductionKernel
{
    /// <summary>Folds a tensor over the marked axes, which keep size one in the result.</summary>
    public static Tensor Reduce<TOperator>(Tensor tensor, ReadOnlySpan<bool> reduced)
        where TOperator : struct, IReductionOperator
    {
        int[] dimensions = tensor.Shape.Dimensions.ToArray();
        for (int axis = 0; axis < dimensions.Length; axis++)
        {
            dimensions[axis] = reduced[axis] ? 1 : dimensions[axis];
        }

        var result = Tensor.Filled(TensorShape.Create(dimensions), TOperator.Identity);
        if (tensor.Length > 0)
        {
            ReduceRuns<TOperator>(tensor, reduced, result.Values);
        }

        return result;
    }

    private static void ReduceRuns<TOperator>(Tensor tensor, ReadOnlySpan<bool> reduced, Span<float> result)
        where TOperator : struct, IReductionOperator
    {
        (int[]? sizes, int[]? strides) = Collapse(tensor.Shape, reduced);
        int last = sizes.Length - 1;
        int run = sizes[last];
        int[] index = new int[sizes.Length];
        int target = 0;
        ReadOnlySpan<float> values = tensor.Values;
        for (int offset = 0; offset < values.Length; offset += run)
        {
            ReadOnlySpan<float> source = values.Slice(offset, run);
            if (strides[last] == 0)
            {
                result[target] = TOperator.Combine(result[target], TOperator.Reduce(source));
            }
            else
            {
                TOperator.Accumulate(source, result.Slice(target, run));
            }

            for (int axis = last - 1; axis >= 0; axis--)
            {
                target += strides[axis];
                if (++index[axis] < sizes[axis])
                {
                    break;
                }

                index[axis] = 0;
                target -= sizes[axis] * strides[axis];
            }
        }
    }

    /// <summary>Merges neighboring axes of one kind; the strides walk the result and are zero on reduced axes.</summary>
    private static (int[] Sizes, int[] Strides) Collapse(TensorShape shape, ReadOnlySpan<bool> reduced)
    {
        var sizes = new List<int>();
        var folds = new List<bool>();
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (folds.Count > 0 && folds[^1] == reduced[axis])
            {
                sizes[^1] *= shape[axis];
            }
            else
            {
                sizes.Add(shape[axis]);
                folds.Add(reduced[axis]);
            }
        }

        if (sizes.Count == 0)
        {
            return ([1], [0]);
        }

        int[] strides = new int[sizes.Count];
        int stride = 1;
        for (int axis = sizes.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = folds[axis] ? 0 : stride;
            stride *= folds[axis] ? 1 : sizes[axis];
        }

        return ([.. sizes], strides);
    }
}
