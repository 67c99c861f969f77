using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Client;

/// <summary>This class chooses the model exchange of a job's protection.</summary>
internal static class ModelExchange
{
    /// <param name="setup">The parts of the client.</param>
    public static IModelExchange Of(FederationClientSetup setup)
        => setup.Job.Protection == JobProtection.RoundKeys ? new RoundKeyExchange(setup) : new DirectExchange(setup);
}
