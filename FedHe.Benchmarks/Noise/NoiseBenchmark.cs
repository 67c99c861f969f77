using System.Diagnostics;
using FedHe.Privacy.Sampling;

namespace FedHe.Benchmarks.Noise;

/// <summary>The benchmark draws noise of every distribution on one thread.</summary>
internal static class NoiseBenchmark
{
    private const int BatchLength = 256;

    public static IEnumerable<NoiseFigure> Run(int samples, int runs)
    {
        foreach (double deviation in new[] { 1, 16, 100, 1000, 33_000, NoiseSampler.LargestDeviation })
        {
            yield return Measure("discrete Gaussian", DiscreteGaussianSampler.Create(deviation * deviation), samples, runs);
            yield return Measure("Skellam", SkellamSampler.Create(deviation * deviation), samples, runs);

            // At a scale of 0.71 the deviation would be below 1, since half of the mass is at 0.
            yield return Measure("discrete Laplace", DiscreteLaplaceSampler.Create(Math.Max(0.8, deviation / Math.Sqrt(2))), samples, runs);
        }
    }

    private static NoiseFigure Measure(string name, NoiseSampler sampler, int samples, int runs)
    {
        var noise = new long[samples];
        double best = double.PositiveInfinity;
        for (int run = 0; run < runs; run++)
        {
            // Processor time: the noise is drawn on one thread, and the machine may have other work.
            TimeSpan start = Environment.CpuUsage.TotalTime;
            sampler.Sample(noise);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        }

        int batches = Math.Max(3, samples / BatchLength);
        return new NoiseFigure(
            name, sampler.StandardDeviation, samples / best, TimeCorrelation(sampler, batches), batches, Math.Log2(sampler.StatisticalDistance));
    }

    /// <summary>Returns the correlation of ranks, which a few interrupted batches do not disturb.</summary>
    private static double TimeCorrelation(NoiseSampler sampler, int batches)
    {
        var batch = new long[BatchLength];
        var times = new double[batches];
        var magnitudes = new double[batches];
        for (int i = 0; i < batches; i++)
        {
            long start = Stopwatch.GetTimestamp();
            sampler.Sample(batch);
            times[i] = Stopwatch.GetTimestamp() - start;
            magnitudes[i] = batch.Sum(sample => (double)Math.Abs(sample));
        }

        double[] first = Ranks(times);
        double[] second = Ranks(magnitudes);
        double mean = (batches - 1) / 2.0;
        double product = first.Zip(second).Sum(pair => (pair.First - mean) * (pair.Second - mean));
        return product / first.Sum(rank => (rank - mean) * (rank - mean));
    }

    private static double[] Ranks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort([.. values], order);
        var ranks = new double[values.Length];
        for (int rank = 0; rank < order.Length; rank++)
        {
            ranks[order[rank]] = rank;
        }

        return ranks;
    }
}
