using System.Collections.Immutable;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.MLBridge.Layout;

/// <summary>How many values were clamped to their tensor's bound. It stays with the client and never travels.</summary>
/// <param name="Counts">The number per tensor, in the order of the layout.</param>
public sealed record ClampReport(ImmutableArray<int> Counts)
{
    /// <summary>The number over all tensors.</summary>
    public long Total => Counts.Sum(count => (long)count);
}
