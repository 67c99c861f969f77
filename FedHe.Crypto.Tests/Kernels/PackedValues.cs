using FedHe.Crypto.Kernels.BitPacking;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Packed values are random numbers of a width, beside the bytes that they travel as.</summary>
internal static class PackedValues
{
    public static (byte[] Packed, ulong[] Values) Draw(int count, int width, int seed)
    {
        var random = new System.Random(seed);
        ulong[] values = [.. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64(1L << width))];
        var packed = new byte[BitPackingKernel.PackedLength(count, width)];
        BitPackingKernel.Default.Pack(values, width, packed);
        return (packed, values);
    }
}
