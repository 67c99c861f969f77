using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>
/// An update could be folded in only in part, because its bytes changed or could no longer be read, or memory ran out. The
/// sum is of no use: restore it from its last saved state, or begin again.
/// </summary>
public sealed class AggregationBrokenException : HeException
{
    /// <summary>Reports a broken sum.</summary>
    /// <param name="cause">What happened in the middle of the update; null when the sum was broken before.</param>
    public AggregationBrokenException(Exception? cause = null)
        : base("An update was folded in only in part, so the sum is of no use. Restore it from its last saved state, or begin again.", cause)
    {
    }
}
