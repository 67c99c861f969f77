namespace FedHe.MLBridge;

/// <summary>Operations on sorted, disjoint, non-adjacent runs: the one canonical form of a set of positions.</summary>
internal static class MaskRanges
{
    /// <summary>The canonical form of sorted disjoint runs: adjacent ones are joined.</summary>
    public static MaskRange[] Join(IEnumerable<MaskRange> sorted)
    {
        var joined = new List<MaskRange>();
        foreach (MaskRange range in sorted)
        {
            if (joined.Count > 0 && joined[^1].End == range.Start)
            {
                joined[^1] = joined[^1] with { Length = joined[^1].Length + range.Length };
            }
            else
            {
                joined.Add(range);
            }
        }

        return [.. joined];
    }

    /// <summary>The positions from 0 to <paramref name="length"/> that are in no run.</summary>
    public static MaskRange[] Complement(MaskRange[] ranges, int length)
    {
        var gaps = new List<MaskRange>(ranges.Length + 1);
        int position = 0;
        foreach (MaskRange range in ranges)
        {
            if (range.Start > position)
            {
                gaps.Add(new MaskRange(position, range.Start - position));
            }

            position = range.End;
        }

        if (position < length)
        {
            gaps.Add(new MaskRange(position, length - position));
        }

        return [.. gaps];
    }

    public static int Count(MaskRange[] ranges) => ranges.Sum(range => range.Length);

    /// <summary>Whether any run meets the given one.</summary>
    public static bool Meet(MaskRange[] ranges, MaskRange other)
    {
        // The first run that ends after the other one starts is the only one that can decide.
        int low = 0;
        int high = ranges.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges[middle].End > other.Start)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low < ranges.Length && ranges[low].Start < other.End;
    }

    public static void Gather<T>(MaskRange[] ranges, ReadOnlySpan<T> flat, Span<T> destination)
    {
        int position = 0;
        foreach (MaskRange range in ranges)
        {
            flat.Slice(range.Start, range.Length).CopyTo(destination[position..]);
            position += range.Length;
        }
    }

    public static void Scatter<T>(MaskRange[] ranges, ReadOnlySpan<T> source, Span<T> flat)
    {
        int position = 0;
        foreach (MaskRange range in ranges)
        {
            source.Slice(position, range.Length).CopyTo(flat[range.Start..]);
            position += range.Length;
        }
    }
}
