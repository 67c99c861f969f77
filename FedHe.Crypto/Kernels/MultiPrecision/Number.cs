using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>A number of <paramref name="limbs"/> limbs.</summary>
internal readonly ref struct Number<TColumn>(ref ulong value, int limbs) : IColumnSum<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
{
    private readonly ref ulong _value = ref value;
    private readonly int _limbs = limbs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TColumn AddTo(TColumn column, int c)
    {
        if (c < _limbs)
        {
            column.AddLimb(ref Montgomery<TColumn>.Limb(ref _value, c));
        }

        return column;
    }
}
