using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>Integer bytes convert between runs of little-endian bytes and 64-bit integers.</summary>
internal static class IntegerBytes
{
    /// <summary>Reads integers of 4 bytes.</summary>
    public static void ReadInt32s(ReadOnlySpan<byte> source, Span<long> destination)
    {
        ReadOnlySpan<int> integers = MemoryMarshal.Cast<byte, int>(source)[..destination.Length];
        int i = 0;
        if (BitConverter.IsLittleEndian)
        {
            for (; i <= integers.Length - Vector<int>.Count; i += Vector<int>.Count)
            {
                Vector.Widen(new Vector<int>(integers[i..]), out Vector<long> low, out Vector<long> high);
                low.CopyTo(destination[i..]);
                high.CopyTo(destination[(i + Vector<long>.Count)..]);
            }
        }

        for (; i < integers.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadInt32LittleEndian(source[(sizeof(int) * i)..]);
        }
    }

    /// <summary>Reads integers of 8 bytes.</summary>
    public static void ReadInt64s(ReadOnlySpan<byte> source, Span<long> destination)
    {
        MemoryMarshal.Cast<byte, long>(source)[..destination.Length].CopyTo(destination);
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(destination, destination);
        }
    }

    /// <summary>Reads residues of 8 bytes and tells whether all are in [0, modulus).</summary>
    public static bool TryReadResidues(ReadOnlySpan<byte> source, ulong modulus, Span<ulong> destination)
    {
        MemoryMarshal.Cast<byte, ulong>(source)[..destination.Length].CopyTo(destination);
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(destination, destination);
        }

        ulong largest = 0;
        foreach (ulong residue in destination)
        {
            largest = Math.Max(largest, residue);
        }

        return largest < modulus;
    }

    /// <summary>Tells whether all residues of 8 bytes are in [0, modulus).</summary>
    public static bool AreResidues(ReadOnlySpan<byte> source, ulong modulus)
    {
        ulong largest = 0;
        if (BitConverter.IsLittleEndian)
        {
            foreach (ulong residue in MemoryMarshal.Cast<byte, ulong>(source))
            {
                largest = Math.Max(largest, residue);
            }

            return largest < modulus;
        }

        for (; source.Length >= sizeof(ulong); source = source[sizeof(ulong)..])
        {
            largest = Math.Max(largest, BinaryPrimitives.ReadUInt64LittleEndian(source));
        }

        return largest < modulus;
    }

    /// <summary>Writes the low 4 bytes of integers.</summary>
    public static void WriteInt32s(ReadOnlySpan<long> source, Span<byte> destination)
    {
        Span<int> integers = MemoryMarshal.Cast<byte, int>(destination)[..source.Length];
        int i = 0;
        if (BitConverter.IsLittleEndian)
        {
            for (; i <= source.Length - Vector<int>.Count; i += Vector<int>.Count)
            {
                Vector<long> low = new(source[i..]);
                Vector<long> high = new(source[(i + Vector<long>.Count)..]);
                Vector.Narrow(low, high).CopyTo(integers[i..]);
            }
        }

        for (; i < source.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(destination[(sizeof(int) * i)..], (int)source[i]);
        }
    }

    /// <summary>Writes integers of 8 bytes.</summary>
    public static void WriteInt64s(ReadOnlySpan<long> source, Span<byte> destination)
    {
        Span<long> integers = MemoryMarshal.Cast<byte, long>(destination)[..source.Length];
        source.CopyTo(integers);
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(integers, integers);
        }
    }

    /// <summary>Writes words of 8 bytes.</summary>
    public static void WriteWords(ReadOnlySpan<ulong> source, Span<byte> destination)
        => WriteInt64s(MemoryMarshal.Cast<ulong, long>(source), destination);
}
