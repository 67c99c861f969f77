using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.Training;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Canaries;

/// <summary>Gradient scores rank record canaries by how much every released gradient points along theirs: what somebody sees who
/// has the model and the update of every step (white box). Higher scores speak for taking part. An instance is not
/// thread-safe.</summary>
/// <remarks>A canary's score is the sum over the steps of the inner products of the released gradient and the canary's gradient,
/// clipped, at the model of the step. Source: Steinke, Nasr, Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS
/// 2023, section 6.</remarks>
public sealed class GradientScores
{
    private readonly RecordCanaries _canaries;
    private readonly double _clipNorm;
    private readonly Objective _objective;
    private readonly int _degree;
    private readonly int[] _all;
    private readonly double[] _scores;

    /// <summary>Begins with no step.</summary>
    /// <param name="canaries">The canaries.</param>
    /// <param name="clipNorm">The clip norm of the training, positive and finite.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="degree">The largest number of threads.</param>
    /// <exception cref="ArgumentOutOfRangeException">The clip norm is not positive and finite.</exception>
    public GradientScores(
        RecordCanaries canaries, double clipNorm, Objective objective = Objective.CrossEntropy, int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(canaries);
        Throw.IfNotPositive(clipNorm, nameof(clipNorm));
        (_canaries, _clipNorm, _objective, _degree) = (canaries, clipNorm, objective, degree);
        _all = [.. Enumerable.Range(0, canaries.Records.Count)];
        _scores = new double[canaries.Records.Count];
    }

    /// <summary>The scores over the steps observed so far, one for each canary.</summary>
    public ReadOnlySpan<double> Scores => _scores;

    /// <summary>Adds a step.</summary>
    /// <param name="model">The model at which the gradient was computed.</param>
    /// <param name="released">What was released: a noisy sum of gradients or, where only models are seen, the model before minus
    /// the model after. One value for each parameter.</param>
    /// <exception cref="ArgumentException">The canaries or the vector do not fit the model.</exception>
    public void Observe(Model model, ReadOnlyMemory<float> released)
    {
        var gradients = new PerSampleGradients(model, _objective, _degree);
        double[] norms = gradients.Norms(_canaries.Records, _all);
        double[] products = gradients.InnerProducts(_canaries.Records, _all, released);
        for (int i = 0; i < _scores.Length; i++)
        {
            // A canary without a finite gradient contributes nothing to a clipped sum, and this step says nothing about it.
            double score = products[i] * Math.Min(1, _clipNorm / norms[i]);
            _scores[i] += double.IsFinite(score) ? score : 0;
        }
    }
}
