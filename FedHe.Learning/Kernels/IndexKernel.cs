using FedHe.Learning.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>The index kernel reads and adds values at computed positions.</summary>
internal static class IndexKernel
{
    /// <summary>Gathers values at given positions: result[i] = source[indices[i]].</summary>
    public static Tensor Gather(Tensor source, ReadOnlySpan<int> indices, TensorShape shape)
    {
        var result = Tensor.Uninitialized(shape);
        ReadOnlySpan<float> from = source.Values;
        Span<float> to = result.Values;
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = from[indices[i]];
        }

        return result;
    }

    /// <summary>Adds values at given positions of zeros: result[indices[i]] += source[i].</summary>
    public static Tensor ScatterAdd(Tensor source, ReadOnlySpan<int> indices, TensorShape shape)
    {
        var result = Tensor.Zeros(shape);
        ReadOnlySpan<float> from = source.Values;
        Span<float> to = result.Values;
        for (int i = 0; i < from.Length; i++)
        {
            to[indices[i]] += from[i];
        }

        return result;
    }

    /// <summary>Reorders the axes: axis i of the result is axis <c>permutation[i]</c> of the source.</summary>
    public static Tensor Permute(Tensor source, ReadOnlySpan<int> permutation)
    {
        int rank = source.Shape.Rank;
        int[] sizes = new int[rank];
        int[] strides = new int[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            sizes[axis] = source.Shape[permutation[axis]];
            strides[axis] = 1;
            for (int inner = permutation[axis] + 1; inner < rank; inner++)
            {
                strides[axis] *= source.Shape[inner];
            }
        }

        var result = Tensor.Uninitialized(TensorShape.Create(sizes));
        int[] index = new int[rank];
        int offset = 0;
        ReadOnlySpan<float> from = source.Values;
        Span<float> to = result.Values;
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = from[offset];
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                offset += strides[axis];
                if (++index[axis] < sizes[axis])
                {
                    break;
                }

                index[axis] = 0;
                offset -= sizes[axis] * strides[axis];
            }
        }

        return result;
    }
}
