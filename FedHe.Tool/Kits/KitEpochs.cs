using FedHe.Hosting.Folders;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Kits;

/// <summary>Kit epochs are the epochs of a job as a client or the authority knows them, by the certificates in the kit.</summary>
internal static class KitEpochs
{
    /// <summary>Refuses a job that has one epoch, so that nobody joins it.</summary>
    public static void RequireSeveral(FederationJob job)
    {
        if (job.Committee is null || job.Update.Kind == UpdateKind.Difference)
        {
            throw ToolException.Refused(job.Committee is null
                ? "The clients of this job share an authority's key, so it has one epoch, and nobody joins it. Describe another job, with all clients."
                : "The updates of this job are differences, so it has one epoch, and nobody joins it. Describe another job, with all clients.");
        }
    }

    /// <summary>Returns the job in the latest epoch that a party knows. The party may run meanwhile.</summary>
    /// <param name="kit">The kit.</param>
    /// <param name="first">The job as it was described.</param>
    public static FederationJob Latest(Kit kit, FederationJob first)
    {
        FederationJob job = first;
        for (string path = PathOf(kit, job); File.Exists(path); path = PathOf(kit, job))
        {
            try
            {
                job = EpochCertificate.Read(job, File.ReadAllBytes(path)).Job;
            }
            catch (EpochRefusedException refused)
            {
                throw ToolException.Refused($"{path} is damaged, or of another job ({refused.Error}). Put the file of this name in its place, from the kit of another client: it is public, and is checked.", refused);
            }
        }

        return job;
    }

    private static string PathOf(Kit kit, FederationJob before) => Path.Combine(kit.Folder, PartyFiles.CertificateOf(before.EpochNumber + 1));
}
