namespace FedHe.Orchestration.Job;

/// <summary>
/// A protected unit says whose presence the epsilon of a job hides. No value of it is a default; the numeric values are part of the wire format.
/// </summary>
public enum ProtectedUnit
{
    /// <summary>A client with all of its records. What is clipped is the difference of its model to the model of the round.</summary>
    Client = 1,

    /// <summary>A single record of a client. What is clipped is the gradient of each record; <see cref="RecordProtection"/> says whose noise counts.</summary>
    Record = 2,
}
