namespace FedHe.Learning.PrivateTraining;

/// <summary>Batch sampling is the way in which records come into the batches of private training. An accountant asks which one
/// it was: <see cref="PoissonBatches"/>, <see cref="FixedBatches"/> or <see cref="AllRecords"/>.</summary>
public abstract record BatchSampling
{
    private protected BatchSampling()
    {
    }

    /// <summary>The datasets between which one step is compared. With fixed batches a record more would move all the records
    /// behind it to other places.</summary>
    public abstract NeighborRelation Neighbors { get; }

    /// <summary>Computes in how many of the first steps one record can have been.</summary>
    /// <param name="steps">The number of steps, at least 0.</param>
    /// <param name="recordCount">The number of records, at least 1.</param>
    public abstract int ParticipationsIn(int steps, int recordCount);

    /// <summary>Chooses the records of a step.</summary>
    internal abstract int[] Draw(int step, int recordCount);
}
