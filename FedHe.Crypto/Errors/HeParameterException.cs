namespace FedHe.Crypto.Errors;

/// <summary>A parameter exception refuses invalid parameters; <see cref="Error"/> names the reason.</summary>
public sealed class HeParameterException : HeException
{
    /// <summary>Creates an exception for parameters that were refused.</summary>
    public HeParameterException(ParameterError error, string message)
        : base(message)
    {
        Error = error;
    }

    /// <summary>The reason why the parameters were refused.</summary>
    public ParameterError Error { get; }
}
