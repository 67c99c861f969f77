using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FedHe.Safetensors.Kernels;

/// <summary>Views of numbers as the little-endian bytes of a file, and back.</summary>
internal static class LittleEndian
{
    /// <summary>Returns the memory of numbers as bytes, in the order of this machine.</summary>
    public static Span<byte> MemoryOf<T>(Span<T> values)
        where T : unmanaged
        => MemoryMarshal.AsBytes(values);

    /// <summary>Returns bytes as numbers, in the order of this machine.</summary>
    public static Span<T> NumbersIn<T>(Span<byte> bytes)
        where T : unmanaged
        => MemoryMarshal.Cast<byte, T>(bytes);

    /// <summary>Turns numbers that lie in memory as a file has them into numbers of this machine, or the other way round.</summary>
    public static void Reorder<T>(Span<T> values)
        where T : unmanaged
    {
        if (BitConverter.IsLittleEndian)
        {
            return;
        }

        switch (Unsafe.SizeOf<T>())
        {
            case sizeof(ushort):
                Span<ushort> shorts = MemoryMarshal.Cast<T, ushort>(values);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case sizeof(uint):
                Span<uint> words = MemoryMarshal.Cast<T, uint>(values);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case sizeof(ulong):
                Span<ulong> longs = MemoryMarshal.Cast<T, ulong>(values);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}
