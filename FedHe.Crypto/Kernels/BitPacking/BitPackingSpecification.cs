using System.Buffers.Binary;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>The specification of bit packing.</summary>
internal sealed class BitPackingSpecification : BitPackingKernel
{
    protected override void PackCore(ReadOnlySpan<ulong> values, int width, int dropped, Span<byte> destination)
    {
        ulong pending = 0;
        int pendingBits = 0;
        int position = 0;
        foreach (ulong whole in values)
        {
            ulong value = whole >> dropped;
            pending |= value << pendingBits;
            int total = pendingBits + width;
            if (total < 64)
            {
                pendingBits = total;
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination[position..], pending);
                position += sizeof(ulong);
                pendingBits = total - 64;
                pending = pendingBits == 0 ? 0 : value >> (width - pendingBits);
            }
        }

        for (; pendingBits > 0; pendingBits -= 8)
        {
            destination[position++] = (byte)pending;
            pending >>= 8;
        }
    }

    protected override bool TryUnpackCore(
        ReadOnlySpan<byte> source, int width, int dropped, ulong modulus, Span<ulong> destination)
    {
        ulong largest = (modulus - 1) >> dropped;
        var reader = new PackedValueReader(source, width);
        ulong outside = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            ulong value = reader.Read();
            outside |= (largest - value) >> 63;
            destination[i] = Math.Min((value << dropped) + MiddleOf(dropped), modulus - 1);
        }

        return outside == 0 && reader.IsRestZero;
    }

    protected override bool AreInRangeCore(ReadOnlySpan<byte> source, int count, int width, ulong largest)
    {
        var reader = new PackedValueReader(source, width);
        ulong outside = 0;
        for (int i = 0; i < count; i++)
        {
            outside |= (largest - reader.Read()) >> 63;
        }

        return outside == 0 && reader.IsRestZero;
    }
}
