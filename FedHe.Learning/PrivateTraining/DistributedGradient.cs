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

    /// <summary>Computes a party's part of a round in which one part of its records takes part, as where noise is correlated over
    /// rounds: parts take turns, so that a record's rounds are as many apart as there are parts.</summary>
    /// <param name="model">The common model; not changed.</param>
    /// <param name="records">All records of the party, in an order that is the same in every round.</param>
    /// <param name="part">The part of the round, from 0 to below the number of parts.</param>
    /// <param name="parts">The number of parts, at least 1. A record is in the part that its place leaves on division by it.</param>
    /// <param name="clipping">The clip norm and the grid of the job, the same for all parties.</param>
    /// <param name="places">The place of each record, at least 0 and none twice, or null where record i has the place i. A place must not depend on
    /// other records: where one is withdrawn, its place stays empty and no other moves up, because one withdrawal would otherwise
    /// change the rounds of all records behind it, which no noise covers.</param>
    /// <param name="objective">The loss of a record.</param>
    /// <param name="degree">The largest number of threads, at least 1.</param>
    /// <param name="cancellationToken">Stops between two batches of samples.</param>
    /// <returns>The clipped sum over the records of the part, which is 0 where the part has none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The part or the number of parts is out of range.</exception>
    /// <exception cref="ArgumentException">The records do not fit the model, the grid is too coarse, or the places are not one for each record.</exception>
    /// <exception cref="NonFiniteGradientException">A gradient is not finite, and that is to be refused.</exception>
    /// <exception cref="OperationCanceledException">The computation was canceled.</exception>
    public static ClippedSum OfPart(
        Model model, Dataset records, int part, int parts, GradientClipping clipping, IReadOnlyList<long>? places = null,
        Objective objective = Objective.CrossEntropy, int degree = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parts);
        ArgumentOutOfRangeException.ThrowIfNegative(part);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(part, parts);
        if (places is not null && (places.Count != records.Count || places.Any(place => place < 0) || places.Distinct().Count() != places.Count))
        {
            throw new ArgumentException("Give every record a place of its own, at least 0.", nameof(places));
        }

        int[] present = [.. Enumerable.Range(0, records.Count).Where(record => (places?[record] ?? record) % parts == part)];
        return new PerSampleGradients(model, objective, degree).SumClipped(records, present, clipping, cancellationToken);
    }
}
