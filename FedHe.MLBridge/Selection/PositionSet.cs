using System.Numerics;

namespace FedHe.MLBridge.Selection;

/// <summary>
/// A position set is a set of positions in the flat vector, with one bit for each position; the set of all positions takes no memory.
/// </summary>
internal sealed class PositionSet
{
    private const int BitsPerWord = 64;

    // What the set of all positions shows of itself at a time.
    private static readonly ulong[] Ones = CreateOnes();

    // Null in the set of all positions.
    private readonly ulong[]? _words;

    /// <summary>Creates an empty set.</summary>
    public PositionSet(int length)
        : this(length, new ulong[((long)length + BitsPerWord - 1) / BitsPerWord])
    {
    }

    private PositionSet(int length, ulong[]? words)
    {
        Length = length;
        _words = words;
    }

    public int Length { get; }

    /// <summary>The number of positions in the set.</summary>
    public int Count => CountIn(new MaskRange(0, Length));

    /// <summary>Creates the set of all positions.</summary>
    public static PositionSet All(int length) => new(length, words: null);

    public bool Contains(int position) => (BitsFrom(position) & 1) != 0;

    public void Add(int position) => Add(new MaskRange(position, 1));

    public void Add(MaskRange range)
    {
        if (_words is null)
        {
            return;
        }

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
        if (_words is null)
        {
            return LowBits(Math.Min(BitsPerWord, Length - position));
        }

        int word = position / BitsPerWord;
        int offset = position % BitsPerWord;
        ulong bits = _words[word] >> offset;
        return offset > 0 && word + 1 < _words.Length ? bits | (_words[word + 1] << (BitsPerWord - offset)) : bits;
    }

    /// <summary>Counts the positions of a run that are in the set.</summary>
    public int CountIn(MaskRange range)
    {
        if (_words is null)
        {
            return range.Length;
        }

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
        if (_words is null)
        {
            return isMember ? Math.Min(from, end) : end;
        }

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

    /// <summary>
    /// Returns the words of the set from a position on, which must be a multiple of 64: enough for a block, or for what is left of the set.
    /// </summary>
    public ReadOnlySpan<ulong> WordsFrom(int position) => _words is null ? Ones : _words.AsSpan(position / BitsPerWord);

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
            bitmap[i] = (byte)BitsFrom(8 * i);
        }
    }

    /// <summary>
    /// Adds the positions of a bitmap; returns false when the bitmap has bits beyond the set's length.
    /// </summary>
    public bool TryCopyFrom(ReadOnlySpan<byte> bitmap)
    {
        for (int i = 0; _words is not null && i < bitmap.Length; i++)
        {
            _words[i / sizeof(ulong)] |= (ulong)bitmap[i] << (8 * (i % sizeof(ulong)));
        }

        int bitsInLastByte = Length % 8;
        return bitsInLastByte == 0 || bitmap[^1] >> bitsInLastByte == 0;
    }

    /// <summary>Returns a word whose lowest bits, 1 to 64 in number, are ones.</summary>
    internal static ulong LowBits(int count) => ulong.MaxValue >> (BitsPerWord - count);

    private static ulong[] CreateOnes()
    {
        var ones = new ulong[EncryptionMask.BlockLength / BitsPerWord];
        Array.Fill(ones, ulong.MaxValue);
        return ones;
    }
}
