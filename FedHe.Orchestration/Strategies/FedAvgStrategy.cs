using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Strategies;

/// <summary>
/// The strategy of federated averaging: a uniform sample of clients trains, and each is weighted by its number of
/// samples.
/// </summary>
/// <remarks>Source: McMahan, Moore, Ramage, Hampson and Aguera y Arcas, AISTATS 2017, algorithm 1.</remarks>
public sealed class FedAvgStrategy : IAggregationStrategy
{
    /// <summary>The name that a job refers to: <c>fedavg</c>.</summary>
    public const string StrategyName = FederationSettings.DefaultStrategy;

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public void Validate(FederationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Training.ProximalMu > 0)
        {
            throw Throw.FedAvgHasNoProximalTerm(nameof(settings));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ClientId> SelectClients(
        FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler)
        => SelectUniformly(job, round, attempt, available, sampler);

    /// <inheritdoc/>
    public TrainingTask CreateTask(FederationJob job, int round, ClientId client)
        => new(round, job.Settings.Training, job.Terms.MaxWeight);

    /// <summary>Draws a full round of clients, or takes all of them when fewer are available.</summary>
    internal static IReadOnlyList<ClientId> SelectUniformly(
        FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler)
        => sampler.Sample(round, attempt, available, Math.Min(job.Settings.ClientsPerRound, available.Count));
}
