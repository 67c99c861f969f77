namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a folder that a client cannot keep its files in; <see cref="Error"/> names the reason.</summary>
public sealed class ClientFileException : IOException
{
    /// <summary>Creates the exception for a reason.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="cause">The fault of the file system, or null.</param>
    public ClientFileException(ClientFileError error, Exception? cause = null)
        : base(
            error switch
            {
                ClientFileError.NotFound => "The folder of the client's files is not there. Create it, or correct the path.",
                ClientFileError.InUse => "The folder of the client's files is in use. Dispose the client that uses it, or end the other process.",
                ClientFileError.OtherClient => "The folder is of another client or another job. Give every client of every job a folder of its own.",
                _ => "The folder of the client's files cannot be written. Correct its permissions or its disk.",
            },
            cause)
    {
        Error = error;
    }

    /// <summary>The reason.</summary>
    public ClientFileError Error { get; }
}
