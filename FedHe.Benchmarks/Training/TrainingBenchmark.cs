using FedHe.Benchmarks.Rounds;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Models;
using FedHe.Learning.Noise;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Learning.Training;

namespace FedHe.Benchmarks.Training;

/// <summary>The training benchmark times epochs of plain training beside epochs of clipped per-sample gradients, in turns.</summary>
internal static class TrainingBenchmark
{
    public static TrainingResult Run(string name, int samples, int batch, int threads, int runs)
    {
        Dataset digits = SyntheticDigits.Generate(samples, seed: 1);
        Model plain = ModelFactory.Create(name, digits.SampleShape, digits.ClassCount).Initialize(1);
        LocalDpSgd clipped = Clipped(plain.Clone(), digits, batch, threads);
        var gradients = new PerSampleGradients(plain, Objective.CrossEntropy, threads);
        int[] all = [.. Enumerable.Range(0, digits.Count)];
        int steps = (samples + batch - 1) / batch;
        Timing.WarmUp(() => Pair());
        (double Plain, double Clipped, double Norms)[] times = [.. Enumerable.Range(0, runs).Select(_ => Pair())];
        return new TrainingResult
        {
            Model = name,
            Params = plain.ParameterCount,
            Samples = samples,
            Batch = batch,
            Threads = threads,
            PlainMs = Timing.Median(times, time => time.Plain),
            ClippedMs = Timing.Median(times, time => time.Clipped),
            NormsMs = Timing.Median(times, time => time.Norms),
            Ratio = Timing.Median(times, time => time.Clipped / time.Plain),
            Cpu = Machine.CpuName,
            Commit = Machine.Commit,
        };

        (double, double, double) Pair() => (
            Timing.Milliseconds(() => Trainer.Train(plain, digits, new TrainingOptions
            {
                BatchSize = batch,
                LearningRate = 0.01f,
                DegreeOfParallelism = threads,
            })),
            Timing.Milliseconds(() => clipped.Run(steps)),
            Timing.Milliseconds(() => gradients.Norms(digits, all)));
    }

    private static LocalDpSgd Clipped(Model model, Dataset digits, int batch, int threads) => new(
        model,
        digits,
        new LocalDpSgdOptions
        {
            Sampling = new FixedBatches(batch),
            Clipping = new GradientClipping { ClipNorm = 1, NonFinite = NonFiniteGradients.Refuse },
            Divisor = batch,
            LearningRate = 0.01f,
            DegreeOfParallelism = threads,
        },
        NoGradientNoise.Instance);
}
