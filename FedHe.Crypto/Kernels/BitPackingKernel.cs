namespace FedHe.Crypto.Kernels;

/// <summary>
/// Packs unsigned integers of a fixed width, lowest bit first, into bytes. Eight values of w bits fill w bytes exactly,
/// and every polynomial has a multiple of eight coefficients, so no padding is needed.
/// </summary>
internal static class BitPackingKernel
{
    public static int PackedLength(int count, int width) => checked((int)(((long)count * width) + 7) / 8);

    /// <summary>Packs values below 2^width.</summary>
    /// <param name="values">The values; any count.</param>
    /// <param name="width">1 to 56 bits.</param>
    /// <param name="destination">Exactly <see cref="PackedLength"/> bytes.</param>
    public static void Pack(ReadOnlySpan<ulong> values, int width, Span<byte> destination)
    {
        ulong pending = 0;
        int pendingBits = 0;
        int position = 0;
        foreach (ulong value in values)
        {
            pending |= value << pendingBits;
            int total = pendingBits + width;
            if (total < 64)
            {
                pendingBits = total;
            }
            else
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(destination[position..], pending);
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

    /// <summary>Unpacks values and tells whether every one is below <paramref name="limit"/>.</summary>
    /// <param name="source">Exactly <see cref="PackedLength"/> bytes.</param>
    /// <param name="width">1 to 56 bits.</param>
    /// <param name="limit">Exclusive upper limit of every value.</param>
    /// <param name="destination">Receives the values.</param>
    /// <returns>Whether all values, and the bits after the last one, are in range.</returns>
    public static bool TryUnpack(ReadOnlySpan<byte> source, int width, ulong limit, Span<ulong> destination)
    {
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
            outside |= (limit - 1 - value) >> 63;
            destination[i] = value;
        }

        return outside == 0 && pending == 0;
    }
}
