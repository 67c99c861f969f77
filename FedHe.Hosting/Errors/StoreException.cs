namespace FedHe.Hosting.Errors;

/// <summary>A store exception says that a server store that is no folder could not read or write. Nothing of the step was acknowledged, and the sender is served on another try once the store works.</summary>
public sealed class StoreException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">The sentences that say what is wrong and what to do. They contain no secret.</param>
    public StoreException(StoreError error, string message)
        : base(message) => Error = error;

    /// <summary>The reason.</summary>
    public StoreError Error { get; }
}
