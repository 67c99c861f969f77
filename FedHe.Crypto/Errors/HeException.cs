namespace FedHe.Crypto.Errors;

/// <summary>
/// An exception of this type refuses an operation for a cryptographic reason. Its message says what was wrong and what
/// to do, and never contains a value, a key or noise.
/// </summary>
public abstract class HeException : Exception
{
    /// <summary>Creates an exception with a message and, optionally, its cause.</summary>
    protected HeException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
