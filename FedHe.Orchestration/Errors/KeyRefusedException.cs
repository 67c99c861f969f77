using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a request that the key authority refused, for the given <see cref="Reason"/>.</summary>
public sealed class KeyRefusedException : HeException
{
    /// <summary>Creates the exception for a reason.</summary>
    public KeyRefusedException(KeyRefusalReason reason)
        : base($"The key authority refused the request: {reason}. Check the client's registration and credential.")
    {
        Reason = reason;
    }

    /// <summary>The reason that the authority gave.</summary>
    public KeyRefusalReason Reason { get; }
}
