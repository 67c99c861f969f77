namespace FedHe.PrivacyAudit.OneRun;

/// <summary>A guess plan fixes, before the coins are looked at, how many canaries are guessed about; of the others the audit
/// abstains.</summary>
/// <param name="Included">The number of canaries with the highest scores that are guessed to take part, at least 0.</param>
/// <param name="Excluded">The number of canaries with the lowest scores that are guessed not to take part, at least 0.</param>
public sealed record GuessPlan(int Included, int Excluded)
{
    /// <summary>The number of guesses.</summary>
    public int Guesses => Included + Excluded;

    /// <summary>Plans a share of all canaries, half of it at either end.</summary>
    /// <param name="canaries">The number of canaries, at least 1.</param>
    /// <param name="share">The share that is guessed about, above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static GuessPlan Share(int canaries, double share)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(canaries, 1);
        if (!(share > 0 && share <= 1))
        {
            throw Errors.Throw.NotBetweenZeroAndOne(nameof(share));
        }

        int guesses = Math.Max(1, (int)(share * canaries));
        return new GuessPlan((guesses + 1) / 2, guesses / 2);
    }

    /// <summary>Guesses coins from scores: +1 for the highest, -1 for the lowest, 0 for an abstention. Equal scores count in the
    /// order of their positions.</summary>
    internal int[] Guess(ReadOnlySpan<double> scores)
    {
        double[] values = scores.ToArray();
        int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(canary => values[canary]).ThenBy(canary => canary)];
        int[] guesses = new int[values.Length];
        foreach (int canary in order.AsSpan(0, Excluded))
        {
            guesses[canary] = -1;
        }

        foreach (int canary in order.AsSpan(order.Length - Included))
        {
            guesses[canary] = 1;
        }

        return guesses;
    }
}
