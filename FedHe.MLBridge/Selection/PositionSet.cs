using System.Numerics;

namespace FedHe.MLBridge.Selection;

/// <summary>A position set is a set of positions in the flat vector, with one bit for each position.</summary>
internal sealed class PositionSet
{
    private const int BitsPerWord = 64;

    private readonly ulong[] _words;

    public PositionSet(int length)
    {
        Length = length;
        _words = new ulong[((long)length + BitsPerWord - 1) / BitsPerWord];
    }

    public int Length { get; }

    /// <summary>The number of positions in the set.</summary>
    public int Count => CountIn(new MaskRange(0, Length));

    public bool Contains(int position) => (_words[position / BitsPerWord] >> (position % BitsPerWord) & 1) != 0;

    public void Add(int position) => _words[position / BitsPerWord] |= 1UL << (position % BitsPerWord);

    public void Add(MaskRange range)
    {
        for (int position = range.Start; position < range.End;)
        {
            int offset = position % BitsPerWord;
            int count = Math.Min(BitsPerWord - offset, range.End - position);
            _words[position / BitsPerWord] |= ulong.MaxValue >> (BitsPerWord - count) << offset;
            position += count;
        }
    }

    /// <summary>
    /// Returns the bits of up to 64 positions from a given position on, which has the lowest bit.
    /// </summary>
    public ulong BitsFrom(int position)
    {
        int word = position / BitsPerWord;
        int offset = position % BitsPerWord;
        ulong bits = _words[word] >> offset;
        return offset > 0 && word + 1 < _words.Length ? bits | (_words[word + 1] << (BitsPerWord - offset)) : bits;
    }

    /// <summary>Counts the positions of a run that are in the set.</summary>
    public int CountIn(MaskRange range)
    {
        int count = 0;
        for (int position = range.Start; position < range.End; position += BitsPerWord)
        {
            count += BitOperations.PopCount(BitsFrom(position) & LowBits(Math.Min(BitsPerWord, range.End - position)));
        }

        return count;
    }

    /// <summary>
    /// Finds the first position in a range that is in the set, or that is not; returns the end of the range if there is
    /// none.
    /// </summary>
    public int Next(int from, int end, bool isMember)
    {
        for (int position = from; position < end; position += BitsPerWord)
        {
            ulong bits = isMember ? BitsFrom(position) : ~BitsFrom(position);
            if (bits != 0)
            {
                return Math.Min(position + BitOperations.TrailingZeroCount(bits), end);
            }
        }

        return end;
    }

    /// <summary>Returns the words of the set from a position on, which must be a multiple of 64.</summary>
    public ReadOnlySpan<ulong> WordsFrom(int position) => _words.AsSpan(position / BitsPerWord);

    /// <summary>Returns the set as sorted, disjoint and non-adjacent runs.</summary>
    public IEnumerable<MaskRange> Runs()
    {
        for (int start = Next(0, Length, isMember: true); start < Length;)
        {
            int end = Next(start, Length, isMember: false);
            yield return new MaskRange(start, end - start);
            start = Next(end, Length, isMember: true);
        }
    }

    /// <summary>Writes the set as a bitmap, with the first position in the lowest bit of the first byte.</summary>
    public void CopyTo(Span<byte> bitmap)
    {
        for (int i = 0; i < bitmap.Length; i++)
        {
            bitmap[i] = (byte)(_words[i / sizeof(ulong)] >> (8 * (i % sizeof(ulong))));
        }
    }

    /// <summary>
    /// Adds the positions of a bitmap; returns false when the bitmap has bits beyond the set's length.
    /// </summary>
    public bool TryCopyFrom(ReadOnlySpan<byte> bitmap)
    {
        for (int i = 0; i < bitmap.Length; i++)
        {
            _words[i / sizeof(ulong)] |= (ulong)bitmap[i] << (8 * (i % sizeof(ulong)));
        }

        int bitsInLastWord = Length % BitsPerWord;
        return bitsInLastWord == 0 || _words[^1] >> bitsInLastWord == 0;
    }

    /// <summary>Returns a word whose lowest bits, 1 to 64 in number, are ones.</summary>
    internal static ulong LowBits(int count) => ulong.MaxValue >> (BitsPerWord - count);
}
