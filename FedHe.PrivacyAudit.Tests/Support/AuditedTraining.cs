using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Noise;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.PrivacyAudit.Canaries;
using FedHe.PrivacyAudit.OneRun;

namespace FedHe.PrivacyAudit.Tests.Support;

/// <summary>A training run of a few steps with canaries among its records, small enough for a test.</summary>
internal sealed class AuditedTraining
{
    public const double Delta = 1e-5;
    private const int Features = 4096;
    private const int Canaries = 200;
    private const int OtherRecords = 60;
    private const double ClipNorm = 1;

    private readonly CanaryCoins _coins;

    public AuditedTraining(IGradientNoise noise, int steps, int seed)
    {
        _coins = CanaryCoins.Flip(Canaries, seed);
        RecordCanaries canaries = RecordCanaries.Mislabeled(Records(Canaries, seed + 1), seed + 2);
        Dataset training = canaries.InsertInto(Records(OtherRecords, seed + 3), _coins);
        Model model = ModelFactory.Linear([Features], 2).Initialize(seed + 4);
        Model before = model.Clone();
        var local = new LocalDpSgd(
            model,
            training,
            new LocalDpSgdOptions
            {
                Sampling = new AllRecords(),
                Clipping = new GradientClipping { ClipNorm = ClipNorm, NonFinite = NonFiniteGradients.Refuse },
                Divisor = (Canaries / 2) + OtherRecords,
                LearningRate = 0.3f,
            },
            noise);
        var gradientScores = new GradientScores(canaries, ClipNorm);
        for (int step = 0; step < steps; step++)
        {
            Model at = model.Clone();
            NoisyGradient released = local.Step();
            gradientScores.Observe(at, released.ToSingles());
        }

        WhiteBox = gradientScores.Scores.ToArray();
        BlackBox = LossScores.Of(model, canaries.Records, before: before);
    }

    public double[] WhiteBox { get; }

    public double[] BlackBox { get; }

    public OneRunResult Audit(double[] scores, double share = 1) => OneRunAudit.Run(
        CanaryUnit.Record, _coins, scores, [GuessPlan.Share(Canaries, share)], Delta, confidence: 0.95);

    private static Dataset Records(int count, int seed)
    {
        var random = new SeededRandom(seed);
        float[] features = new float[count * Features];
        foreach (ref float value in features.AsSpan())
        {
            value = (float)random.NextGaussian() * 0.1f;
        }

        int[] labels = [.. Enumerable.Range(0, count).Select(_ => random.NextInt32(2))];
        return new Dataset("noise", new Tensor([count, Features], features), labels, ["a", "b"]);
    }
}
