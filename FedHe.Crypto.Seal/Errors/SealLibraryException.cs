using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Seal.Errors;

/// <summary>
/// A SEAL library exception reports that Microsoft SEAL cannot be used, and says what to install. No other library
/// takes its place.
/// </summary>
public sealed class SealLibraryException : HeException
{
    /// <summary>Creates an exception for a library that cannot be used.</summary>
    public SealLibraryException(SealLibraryError error, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>The reason why the library cannot be used.</summary>
    public SealLibraryError Error { get; }
}
