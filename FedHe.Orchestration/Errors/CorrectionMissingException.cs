using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>
/// The exception for a trainer that does not say how far it went with corrected gradients, in a job with control terms. Nothing is sent.
/// </summary>
public sealed class CorrectionMissingException : HeException
{
    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public CorrectionMissingException(string message)
        : base(message)
    {
    }
}
