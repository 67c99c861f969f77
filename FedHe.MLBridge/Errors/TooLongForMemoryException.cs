using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>
/// The exception for something that holds a number for every value, or an encoding, in one array, where the model is too long for that. Nothing
/// was allocated; the message says which way is open.
/// </summary>
public sealed class TooLongForMemoryException : HeException
{
    /// <summary>Creates the exception with a message that says what to do.</summary>
    public TooLongForMemoryException(string message)
        : base(message)
    {
    }
}
