using System.Diagnostics;
using FedHe.MLBridge.Layout;

namespace FedHe.Benchmarks.Scale;

/// <summary>An error check compares averages, as they arrive, with their expected values.</summary>
internal sealed class ErrorCheck(int clients, long offset, ElementType type = ElementType.Float32) : IFlatModelWriter
{
    private readonly double _totalWeight = Enumerable.Range(0, clients).Sum(GeneratedValues.WeightOf);

    public double LargestError { get; private set; }

    /// <summary>The number of averages that arrived.</summary>
    public long Count { get; private set; }

    /// <summary>The time spent comparing, which is no part of decryption.</summary>
    public TimeSpan Elapsed { get; private set; }

    public void Write(long start, ReadOnlySpan<double> averages)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < averages.Length; i++)
        {
            double sum = 0;
            for (int client = 0; client < clients; client++)
            {
                sum += GeneratedValues.WeightOf(client) * GeneratedValues.Of(client, offset + start + i, type);
            }

            LargestError = Math.Max(LargestError, Math.Abs(averages[i] - (sum / _totalWeight)));
        }

        Count += averages.Length;
        Elapsed += Stopwatch.GetElapsedTime(began);
    }
}
