namespace FedHe.MLBridge.Selection;

/// <summary>
/// Selects the first positions of a ranking without sorting: counting the upper and then the lower halves of the numbers
/// finds the last number that is selected, and a third pass selects. Three passes and two small tables, whatever the
/// length.
/// </summary>
internal static class TopSelection
{
    private const int HalfBits = 16;
    private const int HalfCount = 1 << HalfBits;

    /// <summary>Adds the first positions of some runs.</summary>
    /// <param name="ranking">What decides.</param>
    /// <param name="runs">The runs, ascending.</param>
    /// <param name="count">How many to add, at most as many as there are.</param>
    /// <param name="among">The positions to choose from; null for all of the runs.</param>
    /// <param name="selected">The set to add to.</param>
    public static void Select<TRanking>(TRanking ranking, MaskRange[] runs, int count, PositionSet? among, PositionSet selected)
        where TRanking : struct, IRanking
    {
        if (count == 0)
        {
            return;
        }

        var counts = new int[HalfCount];
        foreach (MaskRange run in runs)
        {
            for (int i = run.Start; i < run.End; i++)
            {
                counts[ranking[i] >> HalfBits] += IsCandidate(among, i) ? 1 : 0;
            }
        }

        uint upper = LastSelected(counts, ref count);
        Array.Clear(counts);
        foreach (MaskRange run in runs)
        {
            for (int i = run.Start; i < run.End; i++)
            {
                uint value = ranking[i];
                counts[value & (HalfCount - 1)] += value >> HalfBits == upper && IsCandidate(among, i) ? 1 : 0;
            }
        }

        uint last = (upper << HalfBits) | LastSelected(counts, ref count);
        foreach (MaskRange run in runs)
        {
            for (int i = run.Start; i < run.End; i++)
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
    /// The smallest number that is still selected, from how often each occurs; leaves how many of its occurrences are.
    /// </summary>
    private static uint LastSelected(int[] counts, ref int count)
    {
        int number = HalfCount - 1;
        for (; counts[number] < count; number--)
        {
            count -= counts[number];
        }

        return (uint)number;
    }

    private static bool IsCandidate(PositionSet? among, int position) => among is null || among.Contains(position);
}
