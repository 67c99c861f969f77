using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// A half-group layout describes consecutive values of w bits, at most 32, for registers of halves: the bytes to load for a
/// register, and the shift of each lane.
/// </summary>
/// <remarks>
/// A value lies in up to five bytes: a register has four of them from its first byte on, and another one has four from the
/// second byte on. Positions depend on the width alone, never on a value.
/// </remarks>
internal sealed class HalfGroupLayout
{
    private readonly nuint[] _offsets;
    private readonly uint[] _bytes;
    private readonly uint[] _shifts;
    private readonly int _valuesPerLoad;
    private readonly int _reach;

    /// <summary>Computes the layout of values of a width.</summary>
    /// <param name="width">The bits of a value, in [1, 32].</param>
    /// <param name="count">The number of values in a group, a multiple of eight.</param>
    /// <param name="valuesPerLoad">The number of values that a load serves.</param>
    public HalfGroupLayout(int width, int count, int valuesPerLoad)
    {
        int loadLength = sizeof(uint) * valuesPerLoad;
        Count = count;
        Length = count * width / 8;
        _valuesPerLoad = valuesPerLoad;
        _offsets = new nuint[count / valuesPerLoad];
        _bytes = new uint[count];
        _shifts = new uint[count];
        for (int value = 0; value < count; value++)
        {
            int load = value / valuesPerLoad;
            int offset = load * valuesPerLoad * width / 8;
            int start = (value * width / 8) - offset;
            _offsets[load] = (nuint)offset;
            _shifts[value] = (uint)(value * width % 8);
            for (int i = 0; i < sizeof(uint); i++)
            {
                // Beyond the load there are no bits of the value.
                _bytes[value] |= (uint)Math.Min(start + i, loadLength - 1) << (8 * i);
            }
        }

        _reach = (int)_offsets[^1] + loadLength + 1;
    }

    /// <summary>The number of values in a group.</summary>
    public int Count { get; }

    /// <summary>The number of bytes in a group.</summary>
    public int Length { get; }

    /// <summary>Counts the groups that can be read with loads that reach past their last byte.</summary>
    public int GroupsWithRoom(int count, int bytes)
        => bytes < _reach ? 0 : Math.Min(count / Count, ((bytes - _reach) / Length) + 1);

    /// <summary>Prepares the reading of one register of values.</summary>
    /// <param name="first">Index of the register's first value in the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public HalfGroupLane<THalf> Lane<THalf>(int first)
        where THalf : struct, IHalfLane<THalf> => new(
            ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_offsets), first / _valuesPerLoad),
            THalf.Load(ref MemoryMarshal.GetArrayDataReference(_bytes), (nuint)first),
            THalf.Load(ref MemoryMarshal.GetArrayDataReference(_shifts), (nuint)first));
}
