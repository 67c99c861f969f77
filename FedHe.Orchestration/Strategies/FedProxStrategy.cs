using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Strategies;

/// <summary>
/// The strategy of FedProx: federated averaging whose clients add the proximal term mu/2 * |w - w_global|^2 to their
/// loss. The term limits how far clients with different data move away from the global model.
/// </summary>
/// <remarks>
/// Clients are selected and weighted as in FedAvg. Source: Li, Sahu, Zaheer, Sanjabi, Talwalkar and Smith, MLSys 2020,
/// algorithm 2. There, clients are drawn in proportion to their samples and averaged uniformly; here they are drawn
/// uniformly and weighted by their samples.
/// </remarks>
public sealed class FedProxStrategy : IAggregationStrategy
{
    /// <summary>The name that a job refers to: <c>fedprox</c>.</summary>
    public const string StrategyName = "fedprox";

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public void Validate(FederationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Training.ProximalMu <= 0)
        {
            throw Throw.FedProxNeedsProximalTerm(nameof(settings));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ClientId> SelectClients(
        FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler)
        => FedAvgStrategy.SelectUniformly(job, round, attempt, available, sampler);

    /// <inheritdoc/>
    public TrainingTask CreateTask(FederationJob job, int round, ClientId client)
        => new(round, job.Settings.Training, job.Terms.MaxWeight);
}
