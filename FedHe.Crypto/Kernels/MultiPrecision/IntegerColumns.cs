using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Integer columns are the <paramref name="limbs"/> limbs of an integer.</summary>
internal readonly ref struct IntegerColumns<TColumn>(ref ulong value, int limbs) : IColumns<TColumn>
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
