using FedHe.Hosting.Folders;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Support;

/// <summary>The job of a small federation with privacy terms, which costs nothing to describe.</summary>
internal static class PrivateJobs
{
    /// <summary>Puts the job in the place of the one in the folder of a party.</summary>
    public static void Write(SmallFederation federation, string party)
    {
        FederationJob job = federation.Job;
        PrivacyTerms terms = PrivacyTerms.ForLocalTraining(8, 1e-5, clip: 1, logClipUnits: 10, variance: 1L << 22, samplingRate: 1, steps: 4) with { NoisedCount = new NoisedCountTerms(100) };
        var secret = new FederationJob(
            job.JobId, job.Authority, job.ServerKey, job.Roster, SmallJob.Terms, FederationJob.DigestOf(SmallModel.Initial), SmallJob.Settings,
            update: new UpdateTerms(UpdateKind.Difference, integers: null, terms));
        using PartyFolder folder = PartyFolder.Open(federation.FolderOf(party));
        folder.Replace(PartyFiles.Job, secret.WriteTo);
    }
}
