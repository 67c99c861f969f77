using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Training;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Canaries;

/// <summary>Loss scores rank canaries by how little loss the released model has on them: what somebody sees who can only use the
/// model (black box). Higher scores speak for taking part.</summary>
public static class LossScores
{
    /// <summary>Scores record canaries.</summary>
    /// <param name="released">The model after training.</param>
    /// <param name="canaries">The canaries.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="before">The model before training, whose loss is what a record's loss is compared with, or null for none.</param>
    /// <param name="degree">The largest number of threads.</param>
    /// <returns>One score for each canary.</returns>
    /// <exception cref="ArgumentException">The canaries do not fit the model.</exception>
    public static double[] Of(
        Model released, Dataset canaries, Objective objective = Objective.CrossEntropy, Model? before = null, int degree = 1)
    {
        double[] scores = Evaluator.SampleLosses(released, canaries, objective, degree);
        double[]? earlier = before is null ? null : Evaluator.SampleLosses(before, canaries, objective, degree);
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = (earlier?[i] ?? 0) - scores[i];
        }

        return scores;
    }

    /// <summary>Scores client canaries by the mean loss on the data of each.</summary>
    /// <param name="released">The model after training.</param>
    /// <param name="clients">The data of each canary.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="before">The model before training, or null.</param>
    /// <param name="degree">The largest number of threads.</param>
    /// <returns>One score for each client.</returns>
    /// <exception cref="ArgumentException">There is no client, or data do not fit the model.</exception>
    public static double[] OfClients(
        Model released, IReadOnlyList<Dataset> clients, Objective objective = Objective.CrossEntropy, Model? before = null,
        int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(clients);
        if (clients.Count == 0)
        {
            throw Throw.NoCanary(nameof(clients));
        }

        return [.. clients.Select(client => Of(released, client, objective, before, degree).Average())];
    }
}
