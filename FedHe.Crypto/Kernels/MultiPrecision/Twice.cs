using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Twice a sum, computed once.</summary>
internal readonly ref struct Twice<TColumn, TSum>(TSum sum) : IColumnSum<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
    where TSum : struct, IColumnSum<TColumn>, allows ref struct
{
    private readonly TSum _sum = sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TColumn AddTo(TColumn column, int c)
    {
        column.AddTwice(_sum.AddTo(default, c));
        return column;
    }
}
