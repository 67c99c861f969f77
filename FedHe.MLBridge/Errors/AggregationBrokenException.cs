using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>
/// The exception for an update that was folded in only in part, because its bytes changed, became unreadable or memory
/// ran out. The sum cannot be used any more: restore it from its last saved state, or begin again.
/// </summary>
public sealed class AggregationBrokenException : HeException
{
    /// <summary>Creates the exception for a broken sum.</summary>
    /// <param name="cause">The failure that interrupted the update; null when an earlier update broke the sum.</param>
    public AggregationBrokenException(Exception? cause = null)
        : base("An update was folded in only in part, so the sum cannot be used any more. Restore it from its last saved state, or begin again.", cause)
    {
    }
}
