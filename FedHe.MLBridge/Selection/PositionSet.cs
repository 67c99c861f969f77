using System.Numerics;

namespace FedHe.MLBridge;

/// <summary>A set of positions of the flat vector, one bit for each.</summary>
internal sealed class PositionSet(int length)
{
    private const int BitsPerWord = 64;

    private readonly ulong[] _words = new ulong[((long)length + BitsPerWord - 1) / BitsPerWord];

    public int Length { get; } = length;

    /// <summary>Number of positions in the set.</summary>
    public int Count => CountIn(new MaskRange(0, Length));

    public bool Contains(int position) => (_words[position / BitsPerWord] >> (position % BitsPerWord) & 1) != 0;

    public void Add(int position) => _words[position / BitsPerWord] |= 1UL << (position % BitsPerWord);

    public void Remove(int position) => _words[position / BitsPerWord] &= ~(1UL << (position % BitsPerWord));

    public void Add(MaskRange range)
    {
        foreach ((int word, ulong bits) in WordsOf(range))
        {
            _words[word] |= bits;
        }
    }

    public void Remove(MaskRange range)
    {
        foreach ((int word, ulong bits) in WordsOf(range))
        {
            _words[word] &= ~bits;
        }
    }

    /// <summary>Number of positions of a run that are in the set.</summary>
    public int CountIn(MaskRange range)
    {
        int count = 0;
        foreach ((int word, ulong bits) in WordsOf(range))
        {
            count += BitOperations.PopCount(_words[word] & bits);
        }

        return count;
    }

    /// <summary>The set as sorted, disjoint, non-adjacent runs.</summary>
    public IEnumerable<MaskRange> Runs()
    {
        for (int start = Next(0, wanted: true); start < Length; start = Next(start, wanted: true))
        {
            int end = Next(start, wanted: false);
            yield return new MaskRange(start, end - start);
            start = end;
        }
    }

    /// <summary>The first position from one on that is, or is not, in the set; the length if there is none.</summary>
    private int Next(int from, bool wanted)
    {
        while (from < Length)
        {
            int word = from / BitsPerWord;
            ulong bits = (wanted ? _words[word] : ~_words[word]) >> (from % BitsPerWord);
            if (bits != 0)
            {
                return Math.Min(from + BitOperations.TrailingZeroCount(bits), Length);
            }

            from = (int)Math.Min((word + 1L) * BitsPerWord, Length);
        }

        return Length;
    }

    private static IEnumerable<(int Word, ulong Bits)> WordsOf(MaskRange range)
    {
        int position = range.Start;
        while (position < range.End)
        {
            int offset = position % BitsPerWord;
            int count = Math.Min(BitsPerWord - offset, range.End - position);
            yield return (position / BitsPerWord, ulong.MaxValue >> (BitsPerWord - count) << offset);
            position += count;
        }
    }
}
