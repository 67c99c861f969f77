using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Product columns are the columns of left*right, where each factor has <paramref name="limbs"/> limbs.</summary>
internal readonly ref struct ProductColumns<TColumn>(ref ulong left, ref ulong right, int limbs) : IColumns<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
{
    private readonly ref ulong _left = ref left;
    private readonly ref ulong _right = ref right;
    private readonly int _limbs = limbs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TColumn AddTo(TColumn column, int c)
    {
        int first = Math.Max(0, c - _limbs + 1);
        int last = Math.Min(c, _limbs - 1);
        column.Expect(last - first + 1);
        return Montgomery<TColumn>.AddProducts(column, ref _left, ref _right, first, last, c);
    }
}
