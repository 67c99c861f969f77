namespace FedHe.Orchestration.Job;

/// <summary>An update kind says what the clients of a job encrypt after training. The numeric values are part of the wire format.</summary>
public enum UpdateKind
{
    /// <summary>The model after training; an opened average is the next model. This is the kind of every job that asks for nothing else.</summary>
    Model = 1,

    /// <summary>
    /// The difference of the model after training to the model that the round began from; an opened average is added to that model. Every
    /// claim of privacy needs it, because what a client contributes is then bounded by how far it moved.
    /// </summary>
    Difference = 2,
}
