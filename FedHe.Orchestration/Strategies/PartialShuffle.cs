using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Strategies;

/// <summary>The first steps of a Fisher-Yates shuffle, which draw uniformly without repetition.</summary>
internal static class PartialShuffle
{
    /// <summary>Draws clients without repetition, each subset with the same probability.</summary>
    /// <param name="candidates">The clients to draw from.</param>
    /// <param name="count">The number of clients to draw.</param>
    /// <param name="nextBelow">Returns a uniform random number from 0 to below its argument.</param>
    public static ClientId[] Draw(IReadOnlyList<ClientId> candidates, int count, Func<int, int> nextBelow)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, candidates.Count);
        ClientId[] pool = [.. candidates];
        for (int i = 0; i < count; i++)
        {
            int chosen = i + nextBelow(pool.Length - i);
            (pool[i], pool[chosen]) = (pool[chosen], pool[i]);
        }

        return pool[..count];
    }
}
