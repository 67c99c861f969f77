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
        ulong mask = (1UL << width) - 1;
        ulong pending = 0;
        int pendingBits = 0;
        int position = 0;
        ulong outside = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            while (pendingBits < width)
            {
                pending |= (ulong)source[position++] << pendingBits;
                pendingBits += 8;
            }

            ulong value = pending & mask;
            pending >>= width;
            pendingBits -= width;
            outside |= (largest - value) >> 63;
            destination[i] = Math.Min((value << dropped) + MiddleOf(dropped), modulus - 1);
        }

        return outside == 0 && pending == 0;
    }
}
