namespace FedHe.Learning.PrivateTraining;

/// <summary>A local DP-SGD record says what was done to the records, for an accountant. It depends on no record's values.</summary>
/// <param name="Steps">The number of steps whose noise was asked for, also of one that failed then.</param>
/// <param name="Sampling">The way in which records came into batches.</param>
/// <param name="ClipNorm">The largest norm of one record's contribution to a step.</param>
/// <param name="NoiseMultiplier">The standard deviation of this party's own noise over the clip norm, in every step; 0 for none.</param>
/// <param name="Participations">The number of steps in which one record can have been.</param>
public sealed record LocalDpSgdRecord(
    int Steps, BatchSampling Sampling, double ClipNorm, double NoiseMultiplier, int Participations)
{
    /// <summary>The datasets between which <see cref="Sensitivity"/> holds.</summary>
    public NeighborRelation Neighbors => Sampling.Neighbors;

    /// <summary>The largest Euclidean distance between the sums of a step for two neighbors: the clip norm, or twice as much
    /// where one record replaces another.</summary>
    public double Sensitivity => Neighbors == NeighborRelation.ReplaceOne ? 2 * ClipNorm : ClipNorm;
}
