namespace FedHe.MLBridge.Selection;

/// <summary>
/// A position set is a set of positions in the flat vector: a list of runs while there are few, and a bit for each position where that takes less
/// memory.
/// </summary>
internal sealed class PositionSet
{
    /// <summary>The number of positions in one word of a set.</summary>
    public const int BitsPerWord = 64;

    // A run has 128 bits.
    private const int BitsPerRun = 128;

    // Runs that are put between others move all that follow, so a longer list of such runs would take too long to make.
    private const int LongestListOfInserted = 1 << 12;

    private PositionRuns? _runs = new();
    private PositionBitmap? _bitmap;

    /// <summary>Creates an empty set.</summary>
    public PositionSet(long length) => Length = length;

    public long Length { get; }

    /// <summary>The number of positions in the set.</summary>
    public long Count => _runs?.Count ?? CountIn(new MaskRange(0, Length));

    /// <summary>Whether the set has a bit for each position.</summary>
    public bool IsBitmap => _bitmap is not null;

    /// <summary>Creates the set of all positions.</summary>
    public static PositionSet All(long length)
    {
        var all = new PositionSet(length);
        all.Add(new MaskRange(0, length));
        return all;
    }

    public bool Contains(long position) => (BitsFrom(position) & 1) != 0;

    public void Add(long position) => Add(new MaskRange(position, 1));

    public void Add(MaskRange range)
    {
        if (range.Length == 0)
        {
            return;
        }

        if (_runs is null)
        {
            _bitmap!.Add(range);
            return;
        }

        bool isLong = _runs.RunCount >= Length / BitsPerRun || (_runs.RunCount >= LongestListOfInserted && _runs.IsInserted(range));
        if (isLong && _runs.RunCount > 0)
        {
            ToBitmap(_runs).Add(range);
            return;
        }

        _runs.Add(range);
    }

    /// <summary>
    /// Returns the bits of up to 64 positions from a given position on, which has the lowest bit.
    /// </summary>
    public ulong BitsFrom(long position) => _runs?.BitsFrom(position) ?? _bitmap!.BitsFrom(position);

    /// <summary>Counts the positions of a run that are in the set.</summary>
    public long CountIn(MaskRange range) => _runs?.CountIn(range) ?? _bitmap!.CountIn(range);

    /// <summary>
    /// Finds the first position in a range that is in the set, or that is not; returns the end of the range if there is
    /// none.
    /// </summary>
    public long Next(long from, long end, bool isMember)
        => from >= end ? end : _runs?.Next(from, end, isMember) ?? _bitmap!.Next(from, end, isMember);

    /// <summary>Returns the words of the set for a block of positions that begins at a multiple of 64.</summary>
    /// <param name="block">The block.</param>
    /// <param name="scratch">Receives the words where they lie nowhere; a word for every 64 positions of the block.</param>
    public ReadOnlySpan<ulong> WordsOf(MaskRange block, Span<ulong> scratch)
    {
        if (_bitmap is not null)
        {
            return _bitmap.WordsFrom(block.Start);
        }

        Span<ulong> words = scratch[..(int)((block.Length + BitsPerWord - 1) / BitsPerWord)];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BitsFrom(block.Start + ((long)i * BitsPerWord));
        }

        return words;
    }

    /// <summary>Returns the set as sorted, disjoint and non-adjacent runs.</summary>
    public IEnumerable<MaskRange> Runs() => _runs is null ? RunsIn(new MaskRange(0, Length)) : _runs.Runs;

    /// <summary>Returns the part of the set that lies in a range, as sorted, disjoint and non-adjacent runs.</summary>
    public IEnumerable<MaskRange> RunsIn(MaskRange range)
    {
        for (long start = Next(range.Start, range.End, isMember: true); start < range.End;)
        {
            long end = Next(start, range.End, isMember: false);
            yield return new MaskRange(start, end - start);
            start = Next(end, range.End, isMember: true);
        }
    }

    /// <summary>Writes the set as a bitmap, with the first position in the lowest bit of the first byte.</summary>
    public void CopyTo(Span<byte> bitmap)
    {
        for (int i = 0; i < bitmap.Length; i++)
        {
            bitmap[i] = (byte)BitsFrom(8L * i);
        }
    }

    /// <summary>
    /// Adds the positions of a bitmap; returns false when the bitmap has bits beyond the set's length.
    /// </summary>
    public bool TryCopyFrom(ReadOnlySpan<byte> bitmap)
    {
        int bitsInLastByte = (int)(Length % 8);
        if (bitsInLastByte != 0 && bitmap[^1] >> bitsInLastByte != 0)
        {
            return false;
        }

        PositionBitmap words = _bitmap ?? ToBitmap(_runs!);
        for (int i = 0; i < bitmap.Length; i++)
        {
            words.AddByte(i, bitmap[i]);
        }

        return true;
    }

    /// <summary>Returns a word whose lowest bits, 1 to 64 in number, are ones.</summary>
    internal static ulong LowBits(int count) => ulong.MaxValue >> (BitsPerWord - count);

    private PositionBitmap ToBitmap(PositionRuns runs)
    {
        _bitmap = new PositionBitmap(Length);
        foreach (MaskRange run in runs.Runs)
        {
            _bitmap.Add(run);
        }

        _runs = null;
        return _bitmap;
    }
}
