using System.Diagnostics;
using System.Globalization;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>A quick table has rows of medians and minima, and interleaves the variants of a row.</summary>
internal static class QuickTable
{
    private const int Rounds = 25;
    private const int LabelWidth = 32;
    private const int ColumnWidth = 18;
    private const int FirstCalls = 20;
    private const double SampleMicroseconds = 400;

    /// <summary>Writes a row of column labels.</summary>
    public static void WriteHeader(TextWriter output, IEnumerable<LaneWidth> widths)
        => output.WriteLine(string.Concat(["".PadRight(LabelWidth), .. widths.Select(width => $"{width,ColumnWidth}")]));

    /// <summary>Times every variant and writes a row.</summary>
    /// <param name="output">The writer of the table.</param>
    /// <param name="name">The row's label.</param>
    /// <param name="variants">The actions to time, one for each column.</param>
    /// <param name="operations">The number of operations in a call; figures are per operation.</param>
    public static void WriteRow(TextWriter output, string name, Action[] variants, int operations = 1)
    {
        int[] counts = [.. variants.Select(CallsPerSample)];
        double[][] samples = [.. variants.Select(_ => new double[Rounds])];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < variants.Length; i++)
            {
                samples[i][round] = Repeat(variants[i], counts[i]) / operations;
            }
        }

        output.WriteLine(string.Concat([name.PadRight(LabelWidth), .. samples.Select(Summary)]));
    }

    /// <summary>Times calls of an action, in microseconds per call.</summary>
    public static double Repeat(Action action, int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
    }

    private static int CallsPerSample(Action variant)
    {
        double first = Repeat(variant, 1);
        return first > SampleMicroseconds ? 1 : Math.Max(1, (int)(SampleMicroseconds / Repeat(variant, FirstCalls)));
    }

    private static string Summary(double[] samples)
    {
        Array.Sort(samples);
        return string.Create(CultureInfo.InvariantCulture, $"{samples[Rounds / 2]:F2} ({samples[0]:F2})").PadLeft(ColumnWidth);
    }
}
