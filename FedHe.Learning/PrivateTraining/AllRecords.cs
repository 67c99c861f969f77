namespace FedHe.Learning.PrivateTraining;

/// <summary>All records are in every step.</summary>
public sealed record AllRecords : BatchSampling
{
    /// <inheritdoc/>
    public override NeighborRelation Neighbors => NeighborRelation.AddOrRemoveOne;

    /// <inheritdoc/>
    public override int ParticipationsIn(int steps, int recordCount) => steps;

    internal override int[] Draw(int step, int recordCount) => [.. Enumerable.Range(0, recordCount)];
}
