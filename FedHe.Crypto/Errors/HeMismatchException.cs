namespace FedHe.Crypto.Errors;

/// <summary>
/// A mismatch exception refuses objects that do not belong together: their parameters, keys, lengths or schemes differ.
/// </summary>
public sealed class HeMismatchException : HeException
{
    /// <summary>Creates an exception whose message says what differs.</summary>
    public HeMismatchException(string message)
        : base(message)
    {
    }
}
