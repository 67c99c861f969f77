namespace FedHe.Orchestration.Job;

/// <summary>The outcome of a job that has ended. The numeric values are part of the wire format.</summary>
public enum FederationOutcome
{
    /// <summary>All rounds were aggregated.</summary>
    Completed = 1,

    /// <summary>A round had too few clients or uploads in every attempt allowed.</summary>
    QuorumNotReached = 2,

    /// <summary>
    /// The client is not on the roster of a later epoch, and the job goes on without it. It keeps the model that it has. No server says
    /// this outcome; it follows from a certificate.
    /// </summary>
    Left = 3,
}
