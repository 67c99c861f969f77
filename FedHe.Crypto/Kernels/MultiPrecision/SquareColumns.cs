using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Square columns are the columns of value^2, where the value has <paramref name="limbs"/> limbs.</summary>
/// <remarks>
/// Every product of two different limbs is computed once and counted twice. Source: Menezes, van Oorschot and Vanstone,
/// "Handbook of Applied Cryptography", algorithm 14.16, column by column.
/// </remarks>
internal readonly ref struct SquareColumns<TColumn>(ref ulong value, int limbs) : IColumns<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
{
    private readonly ref ulong _value = ref value;
    private readonly int _limbs = limbs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TColumn AddTo(TColumn column, int c)
    {
        int first = Math.Max(0, c - _limbs + 1);
        int last = (c - 1) >> 1;
        TColumn cross = default;
        cross.Expect(last - first + 1);
        cross = Montgomery<TColumn>.AddProducts(cross, ref _value, ref _value, first, last, c);
        column.AddTwice(cross);
        if ((c & 1) == 0 && c / 2 < _limbs)
        {
            ref ulong middle = ref Montgomery<TColumn>.Limb(ref _value, c / 2);
            column.Expect(1);
            column.AddProduct(ref middle, ref middle);
        }

        return column;
    }
}
