using FedHe.Hosting.Folders;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Support;

/// <summary>The job of a small federation with update terms.</summary>
internal static class TermedJobs
{
    /// <summary>Describes the job in the direct mode.</summary>
    public static FederationJob Describe(SmallFederation federation, UpdateTerms terms)
    {
        FederationJob job = federation.Job;
        return new FederationJob(
            job.JobId, job.Authority, job.ServerKey, job.Roster, SmallJob.Terms, FederationJob.DigestOf(SmallModel.Initial), SmallJob.Settings, update: terms);
    }

    /// <summary>Puts a job in the place of the one in the folder of a party.</summary>
    public static void Write(SmallFederation federation, string party, FederationJob job)
    {
        using PartyFolder folder = PartyFolder.Open(federation.FolderOf(party));
        folder.Replace(PartyFiles.Job, job.WriteTo);
    }
}
