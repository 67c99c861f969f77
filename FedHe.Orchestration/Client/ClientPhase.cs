namespace FedHe.Orchestration.Client;

/// <summary>A phase of a client's work.</summary>
public enum ClientPhase
{
    /// <summary>Local training is running; reported with the finished share.</summary>
    Training = 1,

    /// <summary>Local training has finished.</summary>
    Trained = 2,

    /// <summary>The update was encrypted; reported with the length of the upload.</summary>
    Encrypted = 3,

    /// <summary>The aggregate was decrypted; reported with the length of its message.</summary>
    Decrypted = 4,

    /// <summary>
    /// The client opened boxes or answered for a list, as a member of a committee; reported with the length of the message for members.
    /// </summary>
    Answered = 5,
}
