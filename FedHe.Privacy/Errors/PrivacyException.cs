using FedHe.Crypto.Errors;

namespace FedHe.Privacy.Errors;

/// <summary>
/// A privacy exception refuses a claim, a mechanism or a release. Its message says what was wrong and what to do, and contains no
/// value of a model and no noise.
/// </summary>
public sealed class PrivacyException : HeException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">What was wrong and what to do.</param>
    /// <param name="innerException">The cause, or null.</param>
    public PrivacyException(PrivacyError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The reason for the refusal.</summary>
    public PrivacyError Error { get; }
}
