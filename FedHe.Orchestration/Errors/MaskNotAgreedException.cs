using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>
/// The exception for clients that did not agree upon a mask: too few contributed, or they found different masks.
/// </summary>
public sealed class MaskNotAgreedException : HeException
{
    /// <summary>Creates the exception with a message that says why.</summary>
    public MaskNotAgreedException(string message)
        : base(message)
    {
    }
}
