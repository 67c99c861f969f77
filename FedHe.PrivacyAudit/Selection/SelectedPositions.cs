using FedHe.Learning.Randomness;

namespace FedHe.PrivacyAudit.Selection;

/// <summary>A selection chooses the parameters to encrypt.</summary>
public static class SelectedPositions
{
    /// <summary>Selects the most sensitive parameters of the whole model.</summary>
    /// <param name="sensitivity">One value per parameter.</param>
    /// <param name="ratio">The selection ratio p, 0 to 1.</param>
    /// <returns>One flag per parameter; ceiling(p n) of them are set. Equal sensitivities go by position.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is not in [0, 1].</exception>
    public static bool[] Top(ReadOnlySpan<float> sensitivity, double ratio)
    {
        int[] order = Order(sensitivity.Length);

        // A stable sort keeps equal values in the order of their positions; NaN comes last, as the least sensitive.
        float[] values = sensitivity.ToArray();
        Array.Sort(order, (left, right) => values[right].CompareTo(values[left]) is not 0 and var byValue ? byValue : left - right);
        return First(order, ratio);
    }

    /// <summary>Selects parameters at random.</summary>
    /// <param name="count">The number of parameters.</param>
    /// <param name="ratio">The selection ratio p, 0 to 1.</param>
    /// <param name="seed">Equal seeds give equal choices, and a larger ratio contains the smaller one's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is not in [0, 1].</exception>
    public static bool[] Random(int count, double ratio, int seed)
    {
        int[] order = Order(count);
        new SeededRandom(seed).Shuffle<int>(order);
        return First(order, ratio);
    }

    private static int[] Order(int count) => [.. Enumerable.Range(0, count)];

    private static bool[] First(int[] order, double ratio)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ratio);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ratio, 1);
        bool[] selected = new bool[order.Length];
        foreach (int position in order.AsSpan(0, (int)Math.Ceiling(ratio * order.Length)))
        {
            selected[position] = true;
        }

        return selected;
    }
}
