using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>Clients did not agree upon a mask: too few contributed, or they found different masks.</summary>
public sealed class MaskNotAgreedException : HeException
{
    /// <summary>Ends an agreement; the message says why.</summary>
    public MaskNotAgreedException(string message)
        : base(message)
    {
    }
}
