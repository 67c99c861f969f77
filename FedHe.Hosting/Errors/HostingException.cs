namespace FedHe.Hosting.Errors;

/// <summary>A hosting exception says that a host of a federation does not start, or stops, for a reason that its operator can remove.</summary>
public sealed class HostingException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">The sentences that say what is wrong and what to do. They contain no secret.</param>
    /// <param name="innerException">The exception behind it, or null.</param>
    public HostingException(HostingError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The reason.</summary>
    public HostingError Error { get; }
}
