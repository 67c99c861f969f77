namespace FedHe.Learning.PrivateTraining;

/// <summary>Fixed batches are consecutive records in their order, pass after pass; the last batch of a pass may be smaller.</summary>
public sealed record FixedBatches : BatchSampling
{
    /// <summary>Creates fixed batches.</summary>
    /// <param name="size">The number of records of a batch, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    public FixedBatches(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
    }

    /// <summary>The number of records of a batch.</summary>
    public int Size { get; }

    /// <inheritdoc/>
    public override NeighborRelation Neighbors => NeighborRelation.ReplaceOne;

    /// <inheritdoc/>
    public override int ParticipationsIn(int steps, int recordCount)
    {
        int pass = BatchesOf(recordCount);
        return (int)(((long)steps + pass - 1) / pass);
    }

    internal override int[] Draw(int step, int recordCount)
    {
        int first = step % BatchesOf(recordCount) * Size;
        return [.. Enumerable.Range(first, Math.Min(Size, recordCount - first))];
    }

    private int BatchesOf(int recordCount) => (int)(((long)recordCount + Size - 1) / Size);
}
