namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a message in a stream whose bytes changed while it was read. Nothing of it was used; pass the message in again.</summary>
public sealed class MessageChangedException : IOException
{
    /// <summary>Creates the exception.</summary>
    public MessageChangedException()
        : base("The bytes of the message changed while it was read, so what was verified is no longer there. Keep others from writing to the stream, and pass the message in again.")
    {
    }
}
