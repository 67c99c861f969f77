using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>
/// The columns of R - 1 - value, the diminished radix complement, where the value has <paramref name="limbs"/> limbs.
/// </summary>
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
