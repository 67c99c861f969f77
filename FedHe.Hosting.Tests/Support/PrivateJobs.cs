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
        PrivacyTerms terms = PrivacyTerms.ForLocalTraining(8, 1e-5, clip: 1, logClipUnits: 10, variance: 1L << 22, samplingRate: 1, steps: 4) with { NoisedCount = new NoisedCountTerms(100) };
        TermedJobs.Write(federation, party, TermedJobs.Describe(federation, new UpdateTerms(UpdateKind.Difference, integers: null, terms)));
    }
}
