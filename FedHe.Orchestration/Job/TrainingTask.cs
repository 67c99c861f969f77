using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Controls;

namespace FedHe.Orchestration.Job;

/// <summary>The work that one client is asked to do in one round.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Training">The hyperparameters of local training.</param>
/// <param name="WeightLimit">
/// The largest weight of the client, at least 1; below it, the weight is the number of samples.
/// </param>
public sealed record TrainingTask(int Round, TrainingSettings Training, long WeightLimit)
{
    /// <summary>
    /// The attempt at the round that the client trains for, from 1. It is above 1 where a sum of an earlier attempt was published
    /// and found void: a trainer that draws random numbers from a seed takes round and attempt into it, so that its second result
    /// is another one.
    /// </summary>
    public int Attempt { get; init; } = 1;

    /// <summary>
    /// The privacy terms of the job, or null. A trainer clips, samples and adds noise as they say where they protect records, and returns <c>Gradient</c> or
    /// <c>Training</c> of its result.
    /// </summary>
    public PrivacyTerms? Privacy { get; init; }

    /// <summary>
    /// The part of the client's records that is in this round, in a job of distributed gradients whose noise is correlated over rounds; null for all records. A trainer uses no other record, and returns the part in its
    /// <c>Gradient</c>.
    /// </summary>
    public RecordPart? Part { get; init; }

    /// <summary>
    /// The half of every adapter that moves in this round, in a job with <see cref="AdapterTerms"/>; null where all values may. A trainer leaves the other half as it is, bit for bit.
    /// </summary>
    public AdapterHalf? Moving { get; init; }

    /// <summary>
    /// What a trainer adds to its gradient in every step, in a job with <see cref="UpdateTerms.Controls"/>; null in others. Such a trainer goes down corrected gradients without momentum, and returns
    /// <c>TotalStep</c> of its result.
    /// </summary>
    public GradientCorrection? Correction { get; init; }

    /// <summary>
    /// The noised number of the client's records, at least 1, in a job whose terms have <see cref="PrivacyTerms.NoisedCount"/>; null in others. It is paid for: a trainer may divide sums of
    /// gradients by it, where the exact number would be told by the model and covered by nothing.
    /// </summary>
    public long? NoisedCount { get; init; }
}
