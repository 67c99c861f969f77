namespace FedHe.Crypto.Errors;

/// <summary>
/// Base of everything FedHe refuses for a cryptographic reason. Messages say what was wrong and what to do, and never
/// contain a value, a key or noise.
/// </summary>
public abstract class HeException : Exception
{
    /// <summary>Creates the exception.</summary>
    protected HeException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
