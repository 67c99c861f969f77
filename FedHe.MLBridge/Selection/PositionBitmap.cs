using System.Numerics;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Selection;

/// <summary>A position bitmap is a set of positions with one bit for each position.</summary>
internal sealed class PositionBitmap
{
    private const int BitsPerWord = PositionSet.BitsPerWord;

    private readonly ulong[] _words;

    /// <summary>Creates an empty set.</summary>
    /// <exception cref="TooLongForMemoryException">An array cannot have as many bits.</exception>
    public PositionBitmap(long length)
    {
        long words = (length + BitsPerWord - 1) / BitsPerWord;
        _words = words <= Array.MaxLength ? new ulong[words] : throw Throw.MaskTooLong();
    }

    public void Add(MaskRange range)
    {
        for (long position = range.Start; position < range.End;)
        {
            int offset = (int)(position % BitsPerWord);
            int count = (int)Math.Min(BitsPerWord - offset, range.End - position);
            _words[position / BitsPerWord] |= PositionSet.LowBits(count) << offset;
            position += count;
        }
    }

    /// <summary>Adds the positions of the byte of a bitmap, the first one in its lowest bit.</summary>
    public void AddByte(int index, byte bits) => _words[index / sizeof(ulong)] |= (ulong)bits << (8 * (index % sizeof(ulong)));

    /// <summary>Returns the bits of up to 64 positions from a given position on, which has the lowest bit.</summary>
    public ulong BitsFrom(long position)
    {
        long word = position / BitsPerWord;
        int offset = (int)(position % BitsPerWord);
        ulong bits = _words[word] >> offset;
        return offset > 0 && word + 1 < _words.Length ? bits | (_words[word + 1] << (BitsPerWord - offset)) : bits;
    }

    /// <summary>Counts the positions of a range that are in the set.</summary>
    public long CountIn(MaskRange range)
    {
        long count = 0;
        for (long position = range.Start; position < range.End; position += BitsPerWord)
        {
            count += BitOperations.PopCount(BitsFrom(position) & PositionSet.LowBits((int)Math.Min(BitsPerWord, range.End - position)));
        }

        return count;
    }

    /// <summary>Finds the first position in a range that is in the set, or that is not; returns the end of the range if there is none.</summary>
    public long Next(long from, long end, bool isMember)
    {
        for (long position = from; position < end; position += BitsPerWord)
        {
            ulong bits = isMember ? BitsFrom(position) : ~BitsFrom(position);
            if (bits != 0)
            {
                return Math.Min(position + BitOperations.TrailingZeroCount(bits), end);
            }
        }

        return end;
    }

    /// <summary>Returns the words from a position on, which must be a multiple of 64.</summary>
    public ReadOnlySpan<ulong> WordsFrom(long position) => _words.AsSpan((int)(position / BitsPerWord));
}
