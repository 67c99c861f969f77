namespace FedHe.Orchestration.Errors;

/// <summary>
/// The exception for a call that overlaps an earlier one of the same party. It was refused before it changed anything.
/// </summary>
public sealed class ConcurrentUseException : InvalidOperationException
{
    /// <summary>Creates the exception with a message that says what overlapped.</summary>
    public ConcurrentUseException(string message)
        : base(message)
    {
    }
}
