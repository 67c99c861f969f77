using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>A job that would send models in clear was refused, because nobody said explicitly that it may.</summary>
public sealed class InsecureFederationException : HeException
{
    /// <summary>Refuses a job.</summary>
    public InsecureFederationException(string message)
        : base(message)
    {
    }
}
