using FedHe.Crypto.Random;
using FedHe.Learning.Randomness;

namespace FedHe.PrivacyAudit.Canaries;

/// <summary>Canary coins are the independent fair coins that decide which canaries take part in the audited training.</summary>
/// <remarks>The theorem behind an audit holds for coins that the training and the guesses know nothing of but through the
/// training's output. Nobody who trains may know them, except as the canaries that are there.</remarks>
public sealed class CanaryCoins
{
    private readonly bool[] _isIncluded;

    private CanaryCoins(byte[] bytes, int count)
    {
        _isIncluded = new bool[count];
        for (int i = 0; i < count; i++)
        {
            _isIncluded[i] = ((bytes[i >> 3] >> (i & 7)) & 1) == 1;
        }
    }

    /// <summary>The number of canaries.</summary>
    public int Count => _isIncluded.Length;

    /// <summary>The flags of the canaries that take part.</summary>
    public ReadOnlySpan<bool> IsIncluded => _isIncluded;

    /// <summary>The positions of the canaries that take part, in ascending order.</summary>
    public IReadOnlyList<int> Included => [.. Enumerable.Range(0, Count).Where(canary => _isIncluded[canary])];

    /// <summary>Flips unpredictable coins.</summary>
    /// <param name="count">The number of canaries, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public static CanaryCoins Flip(int count)
    {
        byte[] bytes = BytesFor(count);
        HedgedRandom.Fill(bytes);
        return new CanaryCoins(bytes, count);
    }

    /// <summary>Flips coins that repeat, for audits that must be reproduced. Whoever knows the seed must not take part in the
    /// training or the guessing.</summary>
    /// <param name="count">The number of canaries, at least 1.</param>
    /// <param name="seed">Equal seeds give equal coins. Nothing else of the run may have the seed, or its numbers would not be independent of the coins.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public static CanaryCoins Flip(int count, int seed)
    {
        byte[] bytes = BytesFor(count);
        new SeededRandom(seed).Fill(bytes);
        return new CanaryCoins(bytes, count);
    }

    private static byte[] BytesFor(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new byte[(count + 7L) / 8];
    }
}
