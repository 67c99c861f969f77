using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.Training;

namespace FedHe.Learning.PrivateTraining;

/// <summary>A distributed gradient is one step of DP-SGD over the records of several parties: each party sums the clipped
/// per-sample gradients of all its records at the common model, and only the sum over all parties is released, with the noise
/// that the parties' shares add up to.</summary>
/// <remarks>Every record is in every round, so that nothing is amplified by sampling. The sensitivity of the sum over all parties
/// to adding or removing one record of any party is the clip norm.</remarks>
public static class DistributedGradient
{
    /// <summary>Computes a party's part of a round.</summary>
    /// <param name="model">The common model; not changed.</param>
    /// <param name="records">All records of the party.</param>
    /// <param name="clipping">The clip norm and the grid of the job, the same for all parties.</param>
    /// <param name="objective">The loss of a record.</param>
    /// <param name="degree">The largest number of threads, at least 1.</param>
    /// <param name="cancellationToken">Stops between two batches of samples.</param>
    /// <returns>The party's clipped sum, to which the party adds its share of the noise by <see cref="ClippedSum.Release"/>, or in
    /// the integers that it encrypts.</returns>
    /// <exception cref="ArgumentException">The records do not fit the model, or the grid is too coarse.</exception>
    /// <exception cref="NonFiniteGradientException">A gradient is not finite, and that is to be refused.</exception>
    /// <exception cref="OperationCanceledException">The computation was canceled.</exception>
    public static ClippedSum Of(
        Model model, Dataset records, GradientClipping clipping, Objective objective = Objective.CrossEntropy, int degree = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(records);
        int[] all = new AllRecords().Draw(0, records.Count);
        return new PerSampleGradients(model, objective, degree).SumClipped(records, all, clipping, cancellationToken);
    }
}
