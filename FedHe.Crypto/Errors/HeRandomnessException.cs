namespace FedHe.Crypto.Errors;

/// <summary>
/// A randomness exception refuses an operation because the operating system gives no random bytes. Nothing was encrypted and no
/// weaker source was used.
/// </summary>
public sealed class HeRandomnessException : HeException
{
    /// <summary>Creates an exception for an operation that needs randomness.</summary>
    public HeRandomnessException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
