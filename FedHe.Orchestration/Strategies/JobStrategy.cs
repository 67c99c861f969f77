using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Strategies;

/// <summary>The job strategy is the strategy that a job names, as server and clients find it.</summary>
internal static class JobStrategy
{
    /// <summary>Finds the strategy of a job, or takes the host's own one, and checks that it fits the job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="own">The host's strategy, or null to find one of this package by its name.</param>
    public static IAggregationStrategy Of(FederationJob job, IAggregationStrategy? own)
    {
        IAggregationStrategy strategy = own ?? AggregationStrategies.Find(job.Settings.Strategy);
        if (strategy.Name != job.Settings.Strategy)
        {
            throw Throw.StrategyOfAnotherJob(job.Settings.Strategy, strategy.Name);
        }

        strategy.Validate(job.Settings);
        return strategy;
    }

    /// <summary>
    /// Creates the training task of a client, with the strategy's weight limit clamped to the job's terms. Whatever a
    /// message says, a client trains for this task, and the server accepts uploads of this task.
    /// </summary>
    /// <param name="strategy">The strategy of the job.</param>
    /// <param name="job">The job.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="client">The client.</param>
    public static TrainingTask TaskOf(this IAggregationStrategy strategy, FederationJob job, int round, ClientId client)
    {
        TrainingTask task = strategy.CreateTask(job, round, client);
        return task with { Round = round, WeightLimit = Math.Clamp(task.WeightLimit, 1, job.Terms.MaxWeight) };
    }
}
