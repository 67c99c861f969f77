namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>The specification of packed sums.</summary>
internal sealed class PackedSumSpecification : PackedSumKernel
{
    public override bool TrySubtract(ReadOnlySpan<ulong> values, ulong least, ulong limit, Span<ulong> destination)
    {
        values = values[..destination.Length];
        ulong outside = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = unchecked(values[i] - least);
            outside |= unchecked(destination[i] | (limit - 1 - destination[i]));
        }

        return outside >> 63 == 0;
    }

    protected override void AccumulateCore(ReadOnlySpan<byte> source, int width, ulong offset, Span<ulong> sums)
    {
        var values = new PackedReader(source, width);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = unchecked(sums[i] + values.Next() + offset);
        }
    }

    protected override bool TryRestoreCore(
        ReadOnlySpan<byte> source, int width, ulong limit, int shift, ulong offset, Span<ulong> destination)
    {
        var values = new PackedReader(source, width);
        ulong outside = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            ulong value = values.Next();
            outside |= unchecked(limit - 1 - value);
            destination[i] = unchecked((value << shift) + offset);
        }

        return outside >> 63 == 0;
    }

    /// <summary>A packed reader reads one value after the other, the lowest bits first.</summary>
    private ref struct PackedReader(ReadOnlySpan<byte> source, int width)
    {
        private readonly ReadOnlySpan<byte> _source = source;
        private ulong _pending;
        private int _pendingBits;
        private int _position;

        public ulong Next()
        {
            for (; _pendingBits < width; _pendingBits += 8)
            {
                _pending |= (ulong)_source[_position++] << _pendingBits;
            }

            ulong value = _pending & ((1UL << width) - 1);
            _pending >>= width;
            _pendingBits -= width;
            return value;
        }
    }
}
