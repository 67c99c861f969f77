namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// A half-pair layout says where a register of 16 values of w bits, taken as 8 pairs, goes when the values are packed.
/// </summary>
/// <remarks>
/// A pair and the bits before it in its first byte fit eight bytes, and a byte has bits of at most two pairs, which are
/// neighbors. Positions depend on the width alone.
/// </remarks>
internal sealed class HalfPairLayout
{
    /// <summary>The number of values in a register.</summary>
    public const int GroupLength = 16;

    /// <summary>The number of bytes in a register.</summary>
    public const int RegisterLength = sizeof(uint) * GroupLength;

    /// <summary>The least width: a pair has no fewer bits than a byte.</summary>
    public const int MinWidth = 4;

    /// <summary>The largest width.</summary>
    public const int MaxWidth = 30;

    /// <summary>Computes the layout of values of a width in [4, 30].</summary>
    public HalfPairLayout(int width)
    {
        Span<byte> even = stackalloc byte[RegisterLength];
        Span<byte> odd = stackalloc byte[RegisterLength];
        even.Fill(RegisterLength);
        odd.Fill(RegisterLength);
        for (int pair = 0; pair < GroupLength / 2; pair++)
        {
            (int start, int shift) = Math.DivRem(pair * 2 * width, 8);
            Shifts[2 * pair] = (uint)shift;
            Span<byte> bytes = pair % 2 == 0 ? even : odd;
            for (int i = 0; 8 * i < shift + (2 * width); i++)
            {
                bytes[start + i] = (byte)((sizeof(ulong) * pair) + i);
            }
        }

        for (int i = 0; i < GroupLength; i++)
        {
            EvenBytes[i] = BitConverter.ToUInt32(even[(sizeof(uint) * i)..]);
            OddBytes[i] = BitConverter.ToUInt32(odd[(sizeof(uint) * i)..]);
        }
    }

    /// <summary>The bit of its first byte that a pair begins at, for every pair a 64-bit word.</summary>
    public uint[] Shifts { get; } = new uint[GroupLength];

    /// <summary>For every byte its position among the pairs with an even index, or 64.</summary>
    public uint[] EvenBytes { get; } = new uint[GroupLength];

    /// <summary>For every byte its position among the pairs with an odd index, or 64.</summary>
    public uint[] OddBytes { get; } = new uint[GroupLength];
}
