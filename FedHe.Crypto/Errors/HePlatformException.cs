namespace FedHe.Crypto.Errors;

/// <summary>
/// A platform exception refuses an operation because the operating system's cryptographic library lacks an algorithm. No weaker
/// one was used.
/// </summary>
public sealed class HePlatformException : HeException
{
    /// <summary>Creates an exception whose message says what is missing.</summary>
    public HePlatformException(string message)
        : base(message)
    {
    }
}
