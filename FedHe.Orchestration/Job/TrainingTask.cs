namespace FedHe.Orchestration.Job;

/// <summary>The work that one client is asked to do in one round.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Training">How to train.</param>
/// <param name="WeightLimit">The client's weight is its number of samples, but at most this; at least 1.</param>
public sealed record TrainingTask(int Round, TrainingSettings Training, long WeightLimit);
