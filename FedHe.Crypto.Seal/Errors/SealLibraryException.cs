using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Seal.Errors;

/// <summary>
/// Microsoft SEAL cannot be used. The message says what to install; nothing falls back to anything else.
/// </summary>
public sealed class SealLibraryException : HeException
{
    /// <summary>Refuses to go on without SEAL.</summary>
    public SealLibraryException(SealLibraryError error, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>The named reason.</summary>
    public SealLibraryError Error { get; }
}
