using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>Reports a job that would send models in clear without an explicit permission.</summary>
public sealed class InsecureFederationException : HeException
{
    /// <summary>Creates the exception with a message.</summary>
    public InsecureFederationException(string message)
        : base(message)
    {
    }
}
