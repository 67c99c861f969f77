using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Complement columns are the columns of R - 1 - value, for a value of <paramref name="limbs"/> limbs.</summary>
/// <remarks>The number R - 1 - value is the diminished radix complement of the value.</remarks>
internal readonly ref struct ComplementColumns<TColumn>(ref ulong value, int limbs) : IColumns<TColumn>
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
