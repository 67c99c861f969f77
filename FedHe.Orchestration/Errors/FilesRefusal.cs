namespace FedHe.Orchestration.Errors;

/// <summary>The parts of a job that a client cannot take part in while its models are in files.</summary>
public enum FilesRefusal
{
    /// <summary>Models are encrypted directly, without round keys.</summary>
    DirectProtection = 1,

    /// <summary>The job has privacy terms.</summary>
    Privacy,

    /// <summary>The job has an optimizer.</summary>
    Optimizer,

    /// <summary>The job has sparsification terms.</summary>
    Squeeze,

    /// <summary>The job has control terms.</summary>
    Controls,

    /// <summary>The job averages adapters.</summary>
    Adapters,

    /// <summary>Updates are integers.</summary>
    Integers,

    /// <summary>The job agrees upon a mask.</summary>
    MaskAgreement,
}
