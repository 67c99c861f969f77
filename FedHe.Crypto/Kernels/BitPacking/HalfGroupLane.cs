using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// A half-group lane reads one register of values from the bytes of a group; see <see cref="HalfGroupLayout"/>.
/// </summary>
internal readonly ref struct HalfGroupLane<THalf>
    where THalf : struct, IHalfLane<THalf>
{
    private readonly ref nuint _offsets;
    private readonly THalf _bytes;
    private readonly THalf _shifts;
    private readonly THalf _nextShifts;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public HalfGroupLane(ref nuint offsets, THalf bytes, THalf shifts)
    {
        _offsets = ref offsets;
        _bytes = bytes;
        _shifts = shifts;
        _nextShifts = THalf.Create(8) - shifts;
    }

    /// <summary>Loads values of the group that begins at a byte, each with bits of other values above it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public THalf Load(ref byte group)
    {
        var first = THalf.LoadScattered(ref group, ref _offsets, _bytes);
        var next = THalf.LoadScattered(ref Unsafe.Add(ref group, 1), ref _offsets, _bytes);
        return THalf.ShiftRight(first, _shifts) | THalf.ShiftLeft(next, _nextShifts);
    }
}
