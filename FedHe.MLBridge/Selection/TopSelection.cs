namespace FedHe.MLBridge.Selection;

/// <summary>The selection of a ranking's first positions in linear time, without sorting.</summary>
/// <remarks>
/// Counting the upper halves of the numbers, and then the lower halves, finds the last number that is selected; a third
/// pass selects. There are three passes and two small tables, whatever the length.
/// </remarks>
internal static class TopSelection
{
    private const int HalfBits = 16;
    private const int HalfCount = 1 << HalfBits;

    /// <summary>Adds the first positions of a ranking, among some runs, to a set.</summary>
    /// <param name="ranking">The ranking of the positions.</param>
    /// <param name="runs">The runs to select from, in ascending order.</param>
    /// <param name="count">The number of positions to add, at most the number of positions to choose from.</param>
    /// <param name="among">The positions to choose from within the runs, or null for all of them.</param>
    /// <param name="selected">The set to add to.</param>
    public static void Select<TRanking>(TRanking ranking, MaskRange[] runs, long count, PositionSet? among, PositionSet selected)
        where TRanking : struct, IRanking
    {
        if (count == 0)
        {
            return;
        }

        var counts = new long[HalfCount];
        foreach (MaskRange run in runs)
        {
            for (long i = run.Start; i < run.End; i++)
            {
                counts[ranking[i] >> HalfBits] += IsCandidate(among, i) ? 1 : 0;
            }
        }

        uint upper = LastSelected(counts, ref count);
        Array.Clear(counts);
        foreach (MaskRange run in runs)
        {
            for (long i = run.Start; i < run.End; i++)
            {
                uint value = ranking[i];
                counts[value & (HalfCount - 1)] += value >> HalfBits == upper && IsCandidate(among, i) ? 1 : 0;
            }
        }

        uint last = (upper << HalfBits) | LastSelected(counts, ref count);
        foreach (MaskRange run in runs)
        {
            for (long i = run.Start; i < run.End; i++)
            {
                uint value = ranking[i];
                if (value >= last && IsCandidate(among, i) && (value > last || count-- > 0))
                {
                    selected.Add(i);
                }
            }
        }
    }

    /// <summary>
    /// Finds the smallest selected number from the number of occurrences of each, and reduces the count to the number
    /// of its occurrences that are selected.
    /// </summary>
    private static uint LastSelected(long[] counts, ref long count)
    {
        int number = HalfCount - 1;
        for (; counts[number] < count; number--)
        {
            count -= counts[number];
        }

        return (uint)number;
    }

    private static bool IsCandidate(PositionSet? among, long position) => among is null || among.Contains(position);
}
