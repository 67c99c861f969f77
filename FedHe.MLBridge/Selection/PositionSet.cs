using System.Numerics;

namespace FedHe.MLBridge.Selection;

/// <summary>A set of positions of the flat vector, one bit for each.</summary>
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

    /// <summary>Number of positions in the set.</summary>
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

    /// <summary>The members, and whatever else has bits, of up to 64 positions from one on: the position itself lowest.</summary>
    public ulong BitsFrom(int position)
    {
        int word = position / BitsPerWord;
        int offset = position % BitsPerWord;
        ulong bits = _words[word] >> offset;
        return offset > 0 && word + 1 < _words.Length ? bits | (_words[word + 1] << (BitsPerWord - offset)) : bits;
    }

    /// <summary>Number of positions of a run that are in the set.</summary>
    public int CountIn(MaskRange range)
    {
        int count = 0;
        for (int position = range.Start; position < range.End; position += BitsPerWord)
        {
            count += BitOperations.PopCount(BitsFrom(position) & LowBits(Math.Min(BitsPerWord, range.End - position)));
        }

        return count;
    }

    /// <summary>The first position from one on, and before an end, that is or is not in the set; the end if there is none.</summary>
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

    /// <summary>The bits of positions from a multiple of 64 on.</summary>
    public ReadOnlySpan<ulong> WordsFrom(int position) => _words.AsSpan(position / BitsPerWord);

    /// <summary>The set as sorted, disjoint, non-adjacent runs.</summary>
    public IEnumerable<MaskRange> Runs()
    {
        for (int start = Next(0, Length, isMember: true); start < Length;)
        {
            int end = Next(start, Length, isMember: false);
            yield return new MaskRange(start, end - start);
            start = Next(end, Length, isMember: true);
        }
    }

    /// <summary>Writes one bit for each position, lowest first, to as many bytes as they need.</summary>
    public void CopyTo(Span<byte> bitmap)
    {
        for (int i = 0; i < bitmap.Length; i++)
        {
            bitmap[i] = (byte)(_words[i / sizeof(ulong)] >> (8 * (i % sizeof(ulong))));
        }
    }

    /// <summary>Adds the positions of a bitmap; false when it has bits beyond the length.</summary>
    public bool TryCopyFrom(ReadOnlySpan<byte> bitmap)
    {
        for (int i = 0; i < bitmap.Length; i++)
        {
            _words[i / sizeof(ulong)] |= (ulong)bitmap[i] << (8 * (i % sizeof(ulong)));
        }

        int bitsInLastWord = Length % BitsPerWord;
        return bitsInLastWord == 0 || _words[^1] >> bitsInLastWord == 0;
    }

    /// <summary>A word of the given number of ones, 1 to 64, from the lowest bit on.</summary>
    internal static ulong LowBits(int count) => ulong.MaxValue >> (BitsPerWord - count);
}
