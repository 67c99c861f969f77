using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Strategies;

/// <summary>The selection that FedAvg and FedProx share.</summary>
internal static class UniformSelection
{
    public static IReadOnlyList<ClientId> Select(
        FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler)
        => sampler.Sample(round, attempt, available, Math.Min(job.Settings.ClientsPerRound, available.Count));
}
