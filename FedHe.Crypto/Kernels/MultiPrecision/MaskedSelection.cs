using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Masked selection reads every entry of a table, so that neither time nor memory accesses reveal the index.</summary>
internal static class MaskedSelection
{
    /// <summary>Returns all ones if two non-negative numbers are equal, else zero.</summary>
    public static ulong EqualityMask(int left, int right) => (ulong)(((long)(left ^ right) - 1) >> 63);

    /// <summary>Computes destination = table[index], for entries of the destination's length.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Select(ReadOnlySpan<ulong> table, int index, Span<ulong> destination)
    {
        destination.Clear();
        Span<Vector<ulong>> selected = MemoryMarshal.Cast<ulong, Vector<ulong>>(destination);
        for (int entry = 0; entry * destination.Length < table.Length; entry++)
        {
            ReadOnlySpan<ulong> words = table.Slice(entry * destination.Length, destination.Length);
            ulong own = EqualityMask(entry, index);
            ReadOnlySpan<Vector<ulong>> whole = MemoryMarshal.Cast<ulong, Vector<ulong>>(words);
            var mask = new Vector<ulong>(own);
            for (int i = 0; i < whole.Length; i++)
            {
                selected[i] |= whole[i] & mask;
            }

            for (int i = whole.Length * Vector<ulong>.Count; i < words.Length; i++)
            {
                destination[i] |= words[i] & own;
            }
        }
    }
}
