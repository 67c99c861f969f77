using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>R - 1 - value, for a value of <paramref name="limbs"/> limbs.</summary>
internal readonly ref struct Complement<TColumn>(ref ulong value, int limbs) : IColumnSum<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
{
    private readonly ref ulong _value = ref value;
    private readonly int _limbs = limbs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TColumn AddTo(TColumn column, int c)
    {
        if (c < _limbs)
        {
            column.AddComplement(ref Montgomery<TColumn>.Limb(ref _value, c));
        }

        return column;
    }
}
