using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Client;

/// <summary>This class chooses the model exchange of a job's protection.</summary>
internal static class ModelExchange
{
    /// <param name="setup">The parts of the client.</param>
    /// <param name="privacy">The mechanism of a job with privacy terms, or null.</param>
    public static IModelExchange Of(FederationClientSetup setup, IPrivacyMechanism? privacy)
        => setup.Job.Protection == JobProtection.RoundKeys ? new RoundKeyExchange(setup, privacy) : new DirectExchange(setup, privacy);
}
