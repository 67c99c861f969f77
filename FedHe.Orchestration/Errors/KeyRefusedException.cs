using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The key authority refused a request; <see cref="Reason"/> names why.</summary>
public sealed class KeyRefusedException : HeException
{
    /// <summary>Reports a refusal.</summary>
    public KeyRefusedException(KeyRefusalReason reason)
        : base($"The key authority refused the request: {reason}. Check the client's registration and credential.")
    {
        Reason = reason;
    }

    /// <summary>The named reason.</summary>
    public KeyRefusalReason Reason { get; }
}
