namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>The specification of packing numbers of 32 bits.</summary>
internal sealed class HalfPackingSpecification : HalfPackingKernel
{
    protected override void PackCore(ReadOnlySpan<uint> values, int width, int dropped, Span<byte> destination)
    {
        ulong pending = 0;
        int pendingBits = 0;
        int position = 0;
        foreach (uint value in values)
        {
            pending |= (ulong)(value >> dropped) << pendingBits;
            for (pendingBits += width; pendingBits >= 8; pendingBits -= 8)
            {
                destination[position++] = (byte)pending;
                pending >>= 8;
            }
        }
    }

    protected override bool TryUnpackCore(ReadOnlySpan<byte> source, int width, uint largest, Span<uint> destination)
    {
        var reader = new PackedValueReader(source, width);
        ulong outside = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            ulong value = reader.Read();
            outside |= largest - value;
            destination[i] = (uint)value;
        }

        return outside >> 63 == 0;
    }

    protected override bool AreInRangeCore(ReadOnlySpan<byte> source, int count, int width, uint largest)
    {
        var reader = new PackedValueReader(source, width);
        ulong outside = 0;
        for (int i = 0; i < count; i++)
        {
            outside |= largest - reader.Read();
        }

        return outside >> 63 == 0;
    }
}
