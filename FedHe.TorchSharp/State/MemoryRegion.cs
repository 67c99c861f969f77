using static TorchSharp.torch;

namespace FedHe.TorchSharp.State;

/// <summary>A memory region is where the elements of a dense tensor lie.</summary>
internal sealed class MemoryRegion
{
    private readonly nint _storage;
    private readonly (int Type, int Index) _device;
    private readonly long _first;
    private readonly long _end;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly ScalarType _type;

    /// <param name="tensor">A dense tensor with at least one element.</param>
    public MemoryRegion(Tensor tensor)
    {
        _storage = new StorageAddress(tensor).data_ptr();
        _device = ((int)tensor.device_type, tensor.device_index);
        _shape = tensor.shape;
        _strides = tensor.stride();
        _type = tensor.dtype;
        _first = tensor.storage_offset() * tensor.ElementSize;
        _end = _first + ((Extent() + 1) * tensor.ElementSize);
    }

    /// <summary>Whether two elements of the tensor share memory: sorted by stride, a dimension does not reach past the ones below.</summary>
    public bool OverlapsItself
    {
        get
        {
            long reach = 0;
            foreach ((long length, long stride) in _shape.Zip(_strides).Where(pair => pair.First > 1).OrderBy(pair => pair.Second))
            {
                if (stride <= reach)
                {
                    return true;
                }

                reach += (length - 1) * stride;
            }

            return false;
        }
    }

    /// <summary>Tells whether every element lies where the same element of another tensor does.</summary>
    public bool Coincides(MemoryRegion other)
        => Overlaps(other)
            && _first == other._first
            && _type == other._type
            && _shape.AsSpan().SequenceEqual(other._shape)
            && StridesOfLongDimensions().SequenceEqual(other.StridesOfLongDimensions());

    /// <summary>Tells whether the memory between first and last element overlaps another tensor's.</summary>
    public bool Overlaps(MemoryRegion other)
        => _storage == other._storage && _device == other._device && _first < other._end && other._first < _end;

    // The stride of a dimension of length 1 moves nothing.
    private IEnumerable<long> StridesOfLongDimensions() => _strides.Where((_, i) => _shape[i] > 1);

    private long Extent() => _shape.Zip(_strides).Sum(pair => (pair.First - 1) * pair.Second);
}
