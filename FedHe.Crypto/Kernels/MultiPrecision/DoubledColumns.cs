using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Doubled columns are the columns of 2*value, where every term is computed once.</summary>
internal readonly ref struct DoubledColumns<TColumn, TSum>(TSum value) : IColumns<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
    where TSum : struct, IColumns<TColumn>, allows ref struct
{
    private readonly TSum _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TColumn AddTo(TColumn column, int c)
    {
        column.AddTwice(_value.AddTo(default, c));
        return column;
    }
}
