namespace FedHe.Orchestration.Job;

/// <summary>
/// A protected unit says whose presence the epsilon of a job hides. No value of it is a default; the numeric values are part of the wire format.
/// </summary>
/// <remarks>
/// Single records are protected by a client's own training (local DP-SGD), which needs nothing of the job; gradients of records with noise in shares
/// are not offered.
/// </remarks>
public enum ProtectedUnit
{
    /// <summary>A client with all of its records. What is clipped is the difference of its model to the model of the round.</summary>
    Client = 1,
}
