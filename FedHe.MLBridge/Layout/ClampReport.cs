using System.Collections.Immutable;

namespace FedHe.MLBridge.Layout;

/// <summary>
/// A clamp report counts the values that were clamped to their tensor's bound. It stays with the client and is never
/// sent.
/// </summary>
/// <param name="Counts">The number of clamped values of each tensor, in the order of the layout.</param>
public sealed record ClampReport(ImmutableArray<long> Counts)
{
    /// <summary>The number of clamped values in all tensors.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            foreach (long count in Counts)
            {
                total += count;
            }

            return total;
        }
    }
}
