namespace FedHe.Crypto.Errors;

/// <summary>Parameters are invalid; <see cref="Error"/> names the reason.</summary>
public sealed class HeParameterException : HeException
{
    /// <summary>Refuses parameters for a named reason.</summary>
    public HeParameterException(ParameterError error, string message)
        : base(message)
    {
        Error = error;
    }

    /// <summary>The named reason.</summary>
    public ParameterError Error { get; }
}
