using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Noise;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.PrivacyAudit.Canaries;
using FedHe.PrivacyAudit.OneRun;

namespace PrivacyAuditSample.OneRun;

/// <summary>An audited run is one training with canaries that take part by fresh coins, seen from two sides.</summary>
/// <param name="WhiteBox">What somebody shows who sees the released gradient of every step.</param>
/// <param name="BlackBox">What somebody shows who sees the trained model.</param>
internal sealed record AuditedRun(OneRunResult WhiteBox, OneRunResult BlackBox)
{
    // The confidence is of both views together.
    private const int Views = 2;

    /// <summary>The larger of both lower bounds on epsilon.</summary>
    public double EmpiricalEpsilon => Math.Max(WhiteBox.EpsilonLowerBound, BlackBox.EpsilonLowerBound);

    /// <summary>Tells whether a view refutes a claim.</summary>
    public bool Refutes(double epsilon) => WhiteBox.Refutes(epsilon) || BlackBox.Refutes(epsilon);

    /// <summary>Trains and audits.</summary>
    /// <param name="data">Records and canaries.</param>
    /// <param name="initial">The model to begin from; not changed.</param>
    /// <param name="clipping">The clip of a record's gradient.</param>
    /// <param name="noise">The noise of every step.</param>
    /// <param name="options">The other choices.</param>
    /// <param name="cancellationToken">Stops between two batches of records.</param>
    public static AuditedRun Train(
        AuditData data, Model initial, GradientClipping clipping, IGradientNoise noise, OneRunOptions options, CancellationToken cancellationToken)
    {
        int degree = Environment.ProcessorCount;
        RecordCanaries canaries = data.Canaries;
        var coins = CanaryCoins.Flip(canaries.Records.Count);
        Dataset records = canaries.InsertInto(data.Records, coins);
        Model model = initial.Clone();
        var training = new LocalDpSgd(
            model,
            records,
            new LocalDpSgdOptions
            {
                Sampling = new AllRecords(),
                Clipping = clipping,
                Divisor = options.Records + (options.Canaries / 2.0),
                LearningRate = (float)options.LearningRate,
                DegreeOfParallelism = degree,
            },
            noise);
        var scores = new GradientScores(canaries, clipping.ClipNorm, degree: degree);
        for (int step = 0; step < options.Steps; step++)
        {
            Model at = model.Clone();
            float[] released = training.Step(cancellationToken).ToSingles();

            // Whoever attacks a record is taken to know all others, so what they contribute to the sum is taken out of it.
            float[] known = DistributedGradient.Of(at, data.Records, clipping, degree: degree, cancellationToken: cancellationToken).ToSingles();
            scores.Observe(at, released.Zip(known, (all, others) => all - others).ToArray());
        }

        double each = 1 - ((1 - options.Confidence) / Views);
        double[] losses = LossScores.Of(model, canaries.Records, before: initial, degree: degree);
        return new AuditedRun(Audit(scores.Scores), Audit(losses));

        OneRunResult Audit(ReadOnlySpan<double> view)
            => OneRunAudit.Run(CanaryUnit.Record, coins, view, [GuessPlan.Share(coins.Count, options.Share)], options.Delta, each);
    }
}
