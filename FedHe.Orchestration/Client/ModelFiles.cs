using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Files;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Client;

/// <summary>Model files are what a client needs beside its identity and keys to keep its models and messages in files, for models of any size.</summary>
/// <remarks>
/// The folder has the client's model in clear, and its latest upload, which is encrypted. It is as secret as the data that the client trains on. The saved state of the client names the files, and is of no use without them: move or
/// copy both together, and never have two clients go on from copies.
/// </remarks>
public sealed record ModelFiles
{
    /// <summary>The path of the folder, which exists and is this client's alone: another client that has it is refused.</summary>
    public required string Folder { get; init; }

    /// <summary>The model that all clients start from. It gives the same values as long as the client has no other model.</summary>
    public required IFlatModel InitialModel { get; init; }

    /// <summary>The trainer, which trains the model on the client's own data.</summary>
    public required IFlatTrainer Trainer { get; init; }

    /// <summary>
    /// Whether an upload stays in the folder when the server has acknowledged it, until the next one; that is the default. Without it the client cannot send the bytes again to a server that lost them, nor show
    /// a part of it in an inspection, which may exclude it for that, and its place in such an attempt stays empty. It never encrypts something else for the attempt.
    /// </summary>
    public bool KeepsAcknowledgedUploads { get; init; } = true;

    /// <summary>What is done to files.</summary>
    internal ClientDisk Disk { get; init; } = new();

    /// <summary>Throws unless a client with its models in files can take part in a job.</summary>
    /// <exception cref="FilesRefusedException">It cannot.</exception>
    internal static void Require(FederationJob job)
    {
        FilesRefusal? refusal = job switch
        {
            { MaskTerms: not null } => FilesRefusal.MaskAgreement,
            { Update.Privacy: not null } => FilesRefusal.Privacy,
            { Update.Optimizer: not null } => FilesRefusal.Optimizer,
            { Update.Squeeze: not null } => FilesRefusal.Squeeze,
            { Update.Controls: not null } => FilesRefusal.Controls,
            { Update.Adapters: not null } => FilesRefusal.Adapters,
            { Update.Integers: not null } => FilesRefusal.Integers,
            { Protection: JobProtection.Direct } => FilesRefusal.DirectProtection,
            _ => null,
        };
        if (refusal is FilesRefusal named)
        {
            throw new FilesRefusedException(named);
        }
    }
}
