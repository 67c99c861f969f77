namespace FedHe.MLBridge.Selection;

/// <summary>
/// Position runs are a set of positions as sorted, disjoint and non-adjacent runs, which take memory by their number, however long they are.
/// </summary>
internal sealed class PositionRuns
{
    private readonly List<MaskRange> _runs = [];

    /// <summary>The number of runs.</summary>
    public int RunCount => _runs.Count;

    /// <summary>The runs, in order.</summary>
    public IReadOnlyList<MaskRange> Runs => _runs;

    public long Count
    {
        get
        {
            long count = 0;
            foreach (MaskRange run in _runs)
            {
                count += run.Length;
            }

            return count;
        }
    }

    /// <summary>Tells whether a run would be put between others, all of which behind it move.</summary>
    public bool IsInserted(MaskRange range) => _runs.Count > 0 && range.End < _runs[^1].Start;

    /// <summary>Adds a run of at least one position, and merges it with those that it meets.</summary>
    public void Add(MaskRange range)
    {
        int first = FirstEndingAt(range.Start);
        int end = first;
        while (end < _runs.Count && _runs[end].Start <= range.End)
        {
            long start = Math.Min(range.Start, _runs[end].Start);
            range = new MaskRange(start, Math.Max(range.End, _runs[end].End) - start);
            end++;
        }

        if (end == first)
        {
            _runs.Insert(first, range);
            return;
        }

        _runs[first] = range;
        _runs.RemoveRange(first + 1, end - first - 1);
    }

    /// <summary>Returns the bits of up to 64 positions from a given position on, which has the lowest bit.</summary>
    public ulong BitsFrom(long position)
    {
        ulong bits = 0;
        for (int i = FirstEndingAt(position + 1); i < _runs.Count && _runs[i].Start < position + PositionSet.BitsPerWord; i++)
        {
            int first = (int)Math.Max(0, _runs[i].Start - position);
            int end = (int)Math.Min(PositionSet.BitsPerWord, _runs[i].End - position);
            bits |= PositionSet.LowBits(end - first) << first;
        }

        return bits;
    }

    /// <summary>Counts the positions of a range that are in the set.</summary>
    public long CountIn(MaskRange range)
    {
        long count = 0;
        for (int i = FirstEndingAt(range.Start + 1); i < _runs.Count && _runs[i].Start < range.End; i++)
        {
            count += Math.Min(_runs[i].End, range.End) - Math.Max(_runs[i].Start, range.Start);
        }

        return count;
    }

    /// <summary>Finds the first position in a range that is in the set, or that is not; returns the end of the range if there is none.</summary>
    public long Next(long from, long end, bool isMember)
    {
        int run = FirstEndingAt(from + 1);
        bool isInside = run < _runs.Count && _runs[run].Start <= from;
        long next = isInside == isMember ? from
            : isInside ? _runs[run].End
            : run < _runs.Count ? _runs[run].Start
            : end;
        return Math.Min(next, end);
    }

    /// <summary>Finds the first run whose end is at least a position.</summary>
    private int FirstEndingAt(long position)
    {
        int low = 0;
        int high = _runs.Count;

        // Sets grow at their end.
        if (high > 0 && _runs[^1].End < position)
        {
            return high;
        }

        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_runs[middle].End < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
