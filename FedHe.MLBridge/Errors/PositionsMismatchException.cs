using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>A positions mismatch exception refuses an average of values that clients took from different positions of their models.</summary>
public sealed class PositionsMismatchException : HeException
{
    /// <summary>Creates the exception.</summary>
    public PositionsMismatchException()
        : base("A client of this sum chose other positions than this one, so the values do not belong together. Discard the sum. " +
            "Clients must all open the same sums from the first round on, and keep what they remember of them.")
    {
    }
}
