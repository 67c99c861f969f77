namespace FedHe.Crypto.Errors;

/// <summary>The result would not fit the modulus, so the operation was refused and nothing changed.</summary>
public sealed class HeCapacityException : HeException
{
    /// <summary>Refuses an operation; the message says what to do.</summary>
    public HeCapacityException(string message, long remainingWeight = 0)
        : base(message)
    {
        RemainingWeight = remainingWeight;
    }

    /// <summary>The largest weight with which the refused vector would still have fitted; 0 when none would.</summary>
    public long RemainingWeight { get; }
}
