using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// A byte-group lane reads one register of values from the bytes of a group; see <see cref="ByteGroupLayout"/>.
/// </summary>
internal readonly ref struct ByteGroupLane<TWord>
    where TWord : struct, IWordLane<TWord>
{
    private readonly ref nuint _offsets;
    private readonly TWord _bytes;
    private readonly TWord _shifts;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ByteGroupLane(ref nuint offsets, TWord bytes, TWord shifts)
    {
        _offsets = ref offsets;
        _bytes = bytes;
        _shifts = shifts;
    }

    /// <summary>Loads values of the group that begins at a byte, each with bits of other values above it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TWord Load(ref byte group) => TWord.ShiftRight(TWord.LoadScattered(ref group, ref _offsets, _bytes), _shifts);
}
