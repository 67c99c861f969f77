using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a job that a client with its models in files cannot take part in; <see cref="Refusal"/> names what of the job.</summary>
public sealed class FilesRefusedException : HeException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="refusal">What of the job needs models in memory.</param>
    public FilesRefusedException(FilesRefusal refusal)
        : base($"{Describe(refusal)}, which a client with its models in files cannot do. Leave Files out of the setup, or run a job without it.")
    {
        Refusal = refusal;
    }

    /// <summary>What of the job needs models in memory.</summary>
    public FilesRefusal Refusal { get; }

    private static string Describe(FilesRefusal refusal) => refusal switch
    {
        FilesRefusal.DirectProtection => "The job encrypts models directly, without round keys",
        FilesRefusal.Privacy => "The job has privacy terms",
        FilesRefusal.Optimizer => "The job has an optimizer",
        FilesRefusal.Squeeze => "The job has sparsification terms",
        FilesRefusal.Controls => "The job has control terms",
        FilesRefusal.Adapters => "The job averages adapters",
        FilesRefusal.Integers => "The job's updates are integers",
        _ => "The job agrees upon a mask",
    };
}
