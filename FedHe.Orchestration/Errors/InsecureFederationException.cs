using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a job that would send models in clear without explicit permission.</summary>
public sealed class InsecureFederationException : HeException
{
    /// <summary>Creates the exception with a message.</summary>
    public InsecureFederationException(string message)
        : base(message)
    {
    }
}
