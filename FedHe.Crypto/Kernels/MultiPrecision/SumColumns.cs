using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Sum columns are the columns of first + second.</summary>
internal readonly ref struct SumColumns<TColumn, TFirst, TSecond>(TFirst first, TSecond second) : IColumns<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
    where TFirst : struct, IColumns<TColumn>, allows ref struct
    where TSecond : struct, IColumns<TColumn>, allows ref struct
{
    private readonly TFirst _first = first;
    private readonly TSecond _second = second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TColumn AddTo(TColumn column, int c)
    {
        return _second.AddTo(_first.AddTo(column, c), c);
    }
}
