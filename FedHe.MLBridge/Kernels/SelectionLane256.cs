using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.MLBridge.Kernels;

/// <summary>A register of four numbers, permuted by a table with an entry for each of the sixteen sets.</summary>
internal readonly struct SelectionLane256 : ISelectionLane
{
    private const int Sets = 16;

    // For each set, eight bytes: the origin of each half of each number.
    private static readonly ulong[] Compressions = Permutations(PlaceOf);
    private static readonly ulong[] Expansions = Permutations(RankOf);

    public static int Count => Vector256<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compress(ref double source, ulong bits, ref double destination)
        => Permute(ref source, Compressions, bits).StoreUnsafe(ref destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Merge(ref double members, ref double others, ulong bits, ref double destination)
    {
        var each = Vector256.Create(1UL, 2, 4, 8);
        Vector256<double> isMember = Vector256.Equals(Vector256.Create(bits) & each, each).AsDouble();
        Vector256.ConditionalSelect(isMember, Permute(ref members, Expansions, bits), Permute(ref others, Expansions, ~bits))
            .StoreUnsafe(ref destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Permute(ref double source, ulong[] permutations, ulong bits)
    {
        ulong permutation = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(permutations), (nuint)(bits % Sets));
        Vector256<int> halves = Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(permutation).AsByte());
        return Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref source).AsInt32(), halves).AsDouble();
    }

    private static ulong[] Permutations(Func<int, int, int> from) => [.. Enumerable.Range(0, Sets).Select(set =>
        Enumerable.Range(0, Count).Aggregate(0UL, (bytes, place) =>
            bytes | ((ulong)((2 * from(set, place)) | (((2 * from(set, place)) + 1) << 8)) << (16 * place))))];

    private static int RankOf(int set, int place) => BitOperations.PopCount((uint)(set & ((1 << place) - 1)));

    /// <summary>Finds the member of a set with a given rank; returns an arbitrary place if there is none.</summary>
    private static int PlaceOf(int set, int rank)
        => Enumerable.Range(0, Count).Where(place => (set >> place & 1) != 0).ElementAtOrDefault(rank);
}
