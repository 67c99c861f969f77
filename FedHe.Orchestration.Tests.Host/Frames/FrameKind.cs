namespace FedHe.Orchestration.Tests.Host.Frames;

/// <summary>The kind of a frame between the router and a host.</summary>
public enum FrameKind : byte
{
    /// <summary>Router to host: the host becomes a party, from what its folder holds. The content is a <see cref="PartyOrder"/>.</summary>
    Begin,

    /// <summary>Both ways: a message from, or for, the peer that the frame names.</summary>
    Message,

    /// <summary>Client or server to authority: the verification key that goes on the roster or into the job.</summary>
    VerificationKey,

    /// <summary>Authority to server and clients: the description of the job.</summary>
    Job,

    /// <summary>Authority to server: the plan of the next epoch.</summary>
    Plan,

    /// <summary>A client that joins to the server: the question for the certificate of the epoch that names it.</summary>
    CertificateRequest,

    /// <summary>Server to a client that joins: the certificate.</summary>
    Certificate,

    /// <summary>Router to host: the connection to the peer is there, again or for the first time.</summary>
    Connected,

    /// <summary>Router to host: the connection to the peer broke.</summary>
    Gone,

    /// <summary>Router to host: a number of ticks has passed.</summary>
    TimePassed,

    /// <summary>Host to router: the call has returned, and nothing of it is on disk. The content is a <see cref="PartyStatus"/>.</summary>
    Handled,

    /// <summary>Host to router: one more file of the step is on disk. The content is a <see cref="PartyStatus"/>.</summary>
    Saved,

    /// <summary>Host to router: the step has ended, with the names of the files that it wrote as content.</summary>
    Done,
}
