namespace FedHe.Crypto.Errors;

/// <summary>Two objects that do not belong together met: other parameters, another key, another length or scheme.</summary>
public sealed class HeMismatchException : HeException
{
    /// <summary>Refuses a mixture; the message says of what.</summary>
    public HeMismatchException(string message)
        : base(message)
    {
    }
}
