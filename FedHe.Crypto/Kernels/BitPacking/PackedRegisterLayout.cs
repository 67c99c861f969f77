namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>A packed-register layout says where a register of eight words of w bits goes when the words are packed.</summary>
/// <remarks>
/// A word and the bits before it in its first byte fit eight bytes, and a byte has bits of at most two words, which are
/// neighbors. Positions depend on the width alone.
/// </remarks>
internal sealed class PackedRegisterLayout
{
    /// <summary>The number of bytes in a register.</summary>
    public const int RegisterLength = sizeof(ulong) * WordCount;

    /// <summary>The least width: a word has no fewer bits than a byte.</summary>
    public const int MinWidth = 8;

    private const int WordCount = 8;

    /// <summary>Computes the layout of words of a width in [8, 57], or of an even width up to 60.</summary>
    public PackedRegisterLayout(int width)
    {
        Span<byte> even = stackalloc byte[RegisterLength];
        Span<byte> odd = stackalloc byte[RegisterLength];
        even.Fill(RegisterLength);
        odd.Fill(RegisterLength);
        for (int word = 0; word < WordCount; word++)
        {
            (int start, int shift) = Math.DivRem(word * width, 8);
            Shifts[word] = (ulong)shift;
            Span<byte> bytes = word % 2 == 0 ? even : odd;
            for (int i = 0; 8 * i < shift + width; i++)
            {
                bytes[start + i] = (byte)((sizeof(ulong) * word) + i);
            }
        }

        for (int i = 0; i < WordCount; i++)
        {
            EvenBytes[i] = BitConverter.ToUInt64(even[(sizeof(ulong) * i)..]);
            OddBytes[i] = BitConverter.ToUInt64(odd[(sizeof(ulong) * i)..]);
        }
    }

    /// <summary>The bit of its first byte that a word begins at, for every word.</summary>
    public ulong[] Shifts { get; } = new ulong[WordCount];

    /// <summary>For every byte its position among the words with an even index, or 64.</summary>
    public ulong[] EvenBytes { get; } = new ulong[WordCount];

    /// <summary>For every byte its position among the words with an odd index, or 64.</summary>
    public ulong[] OddBytes { get; } = new ulong[WordCount];
}
