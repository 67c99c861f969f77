using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// A byte-group layout describes eight consecutive values of w bits: the bytes to load for a register, and the shift of each
/// lane.
/// </summary>
/// <remarks>Positions depend on the width alone, never on a value.</remarks>
internal sealed class ByteGroupLayout
{
    /// <summary>The number of values in a group, which fill whole bytes with any width.</summary>
    public const int GroupLength = 8;

    private readonly nuint[] _offsets;
    private readonly ulong[] _bytes;
    private readonly ulong[] _shifts;
    private readonly int _valuesPerLoad;
    private readonly int _width;

    /// <summary>Computes the layout of values of a width for lanes with a given number of values per load.</summary>
    public ByteGroupLayout(int width, int valuesPerLoad)
    {
        _width = width;
        _valuesPerLoad = valuesPerLoad;
        _offsets = new nuint[GroupLength / _valuesPerLoad];
        _bytes = new ulong[GroupLength];
        _shifts = new ulong[GroupLength];
        for (int value = 0; value < GroupLength; value++)
        {
            int load = value / _valuesPerLoad;
            int start = value * width / 8;
            _offsets[load] = (nuint)(load * _valuesPerLoad * width / 8);
            _shifts[value] = (ulong)(value * width % 8);
            for (int i = 0; i < sizeof(ulong); i++)
            {
                _bytes[value] |= (ulong)Math.Min(start - (int)_offsets[load] + i, LoadLength - 1) << (8 * i);
            }
        }
    }

    private int LoadLength => sizeof(ulong) * _valuesPerLoad;

    /// <summary>Counts the groups that can be read with loads that reach past their last byte.</summary>
    public int GroupsWithRoom(int count, int bytes)
        => Math.Max(0, Math.Min(count / GroupLength, ((bytes - LoadLength) / _width) - 1));

    /// <summary>Prepares the reading of one register of values.</summary>
    /// <param name="first">Index of the register's first value in the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ByteGroupLane<TWord> Lane<TWord>(int first)
        where TWord : struct, IWordLane<TWord> => new(
            ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_offsets), first / _valuesPerLoad),
            TWord.Load(ref MemoryMarshal.GetArrayDataReference(_bytes), (nuint)first),
            TWord.Load(ref MemoryMarshal.GetArrayDataReference(_shifts), (nuint)first));
}
