namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>The specification of sums in 32 bits.</summary>
internal sealed class HalfSumSpecification : HalfSumKernel
{
    protected override void AccumulateCore(ReadOnlySpan<byte> source, int width, uint offset, Span<uint> sums)
    {
        var reader = new PackedValueReader(source, width);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = unchecked(sums[i] + (uint)reader.Read() + offset);
        }
    }

    protected override bool TrySubtractCore(ReadOnlySpan<uint> values, uint least, uint largest, Span<uint> destination)
    {
        ulong outside = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            // Below the least number the difference wraps to one of 64 bits.
            ulong difference = unchecked((ulong)values[i] - least);
            outside |= unchecked(difference | (largest - difference));
            destination[i] = (uint)difference;
        }

        return outside >> 63 == 0;
    }
}
