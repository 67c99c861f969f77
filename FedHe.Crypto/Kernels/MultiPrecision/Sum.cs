using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>The sum of two sums.</summary>
internal readonly ref struct Sum<TColumn, TFirst, TSecond>(TFirst first, TSecond second) : IColumnSum<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
    where TFirst : struct, IColumnSum<TColumn>, allows ref struct
    where TSecond : struct, IColumnSum<TColumn>, allows ref struct
{
    private readonly TFirst _first = first;
    private readonly TSecond _second = second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TColumn AddTo(TColumn column, int c)
    {
        return _second.AddTo(_first.AddTo(column, c), c);
    }
}
