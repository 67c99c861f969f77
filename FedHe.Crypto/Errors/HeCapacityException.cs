namespace FedHe.Crypto.Errors;

/// <summary>
/// A capacity exception refuses an operation whose result would not fit the modulus. Nothing has changed when it is
/// thrown.
/// </summary>
public sealed class HeCapacityException : HeException
{
    /// <summary>Creates an exception for a refused operation.</summary>
    public HeCapacityException(string message, long remainingWeight = 0)
        : base(message)
    {
        RemainingWeight = remainingWeight;
    }

    /// <summary>
    /// The largest weight with which the refused vector would still have fitted, or 0 if no weight would have.
    /// </summary>
    public long RemainingWeight { get; }
}
