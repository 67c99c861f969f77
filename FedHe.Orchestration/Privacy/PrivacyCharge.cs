namespace FedHe.Orchestration.Privacy;

/// <summary>A privacy charge is a number of sums of one round that were opened or may have been, or in local training of trainings for it.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Contributors">The number of contributors of each sum, which is 1 for trainings; the smallest that the job allows where it is not known.</param>
/// <param name="Count">The number of sums or trainings, at least 1.</param>
public readonly record struct PrivacyCharge(int Round, int Contributors, int Count)
{
    /// <summary>Whether what is charged is a whole sequence of sums with correlated noise, which began in the round, and not the sums of the round.</summary>
    public bool IsSequence { get; init; }
}
