namespace FedHe.Orchestration.Privacy;

/// <summary>A privacy charge is a number of sums of one round that were opened or may have been, or in local training of trainings for it, or of noised counts of records.</summary>
/// <param name="Round">The round, from 1; 0 for noised counts, which belong to no round.</param>
/// <param name="Contributors">The number of contributors of each sum, which is 1 for trainings and counts; the smallest that the job allows where it is not known.</param>
/// <param name="Count">The number of sums, trainings or counts, at least 1.</param>
public readonly record struct PrivacyCharge(int Round, int Contributors, int Count)
{
    /// <summary>Whether what is charged is a whole sequence of sums with correlated noise, which began in the round, and not the sums of the round.</summary>
    public bool IsSequence { get; init; }

    /// <summary>Whether what is charged are noised counts of the client's records.</summary>
    public bool IsNoisedCount => Round == 0;
}
