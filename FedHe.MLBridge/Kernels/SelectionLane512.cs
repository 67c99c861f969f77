using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.MLBridge.Kernels;

/// <summary>A register of eight numbers, permuted by the compress and expand instructions.</summary>
internal readonly struct SelectionLane512 : ISelectionLane
{
    public static int Count => Vector512<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compress(ref double source, ulong bits, ref double destination)
        => Avx512F.Compress(Vector512<double>.Zero, MaskOf(bits), Vector512.LoadUnsafe(ref source)).StoreUnsafe(ref destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Merge(ref double members, ref double others, ulong bits, ref double destination)
    {
        Vector512<double> elsewhere = Avx512F.Expand(Vector512<double>.Zero, MaskOf(~bits), Vector512.LoadUnsafe(ref others));
        Avx512F.Expand(elsewhere, MaskOf(bits), Vector512.LoadUnsafe(ref members)).StoreUnsafe(ref destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> MaskOf(ulong bits)
    {
        var each = Vector512.Create(1UL, 2, 4, 8, 16, 32, 64, 128);
        return Vector512.Equals(Vector512.Create(bits) & each, each).AsDouble();
    }
}
