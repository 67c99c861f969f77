using System.Diagnostics;
using System.Globalization;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>
/// Medians and minima of every kernel at every supported width, interleaved in one process, so that ratios hold on a
/// noisy machine even where absolute times do not.
/// </summary>
internal static class QuickReport
{
    private const int Rounds = 25;
    private const double SampleMicroseconds = 400;

    private static readonly (string Name, Action<KernelWorkload> Run)[] Kernels =
    [
        ("NTT forward", static work => work.NttForward()),
        ("NTT inverse", static work => work.NttInverse()),
        ("multiply", static work => work.Multiply()),
        ("add scaled", static work => work.AddScaled()),
        ("scale", static work => work.ScaleBy()),
        ("add", static work => work.Add()),
        ("subtract", static work => work.SubtractFrom()),
        ("reduce signed", static work => work.ReduceSigned()),
        ("add small signed", static work => work.AddSmallSigned()),
        ("mask message", static work => work.MaskMessage()),
        ("centre", static work => work.Center()),
        ("pack 50 bits", static work => work.Pack50()),
        ("unpack 50 bits", static work => work.Unpack50()),
        ("pack 26 bits", static work => work.Pack26()),
        ("unpack 26 bits", static work => work.Unpack26()),
        ("encode", static work => work.Encode()),
        ("decode", static work => work.Decode()),
        ("encode exact", static work => work.EncodeExact()),
        ("decode exact", static work => work.DecodeExact()),
        ("centred binomial", static work => work.CentredBinomial()),
        ("ternary", static work => work.Ternary()),
        ("FFT of N/2", static work => work.Fft()),
        ("expand seed", static work => work.ExpandSeed()),
    ];

    private static readonly (string Name, Action<KernelWorkload> Run)[] Floors =
    [
        ("AES-256, 8N bytes", static work => work.CipherFloor()),
        ("generator, 5.25N bytes", static work => work.GeneratorFloor()),
    ];

    public static void Write(TextWriter output)
    {
        LaneWidth[] widths = [.. Enum.GetValues<LaneWidth>().Where(LaneSupport.IsSupported)];
        KernelWorkload[] works = [.. widths.Select(width => new KernelWorkload(width))];
        output.WriteLine($"{Machine.CpuName}; N = {KernelWorkload.Degree}; best lanes: {LaneSupport.Best}");
        output.WriteLine("median (minimum) in microseconds");
        output.WriteLine(string.Concat(["".PadRight(22), .. widths.Select(width => $"{width,18}")]));
        WarmUp(works);
        foreach ((string name, Action<KernelWorkload> run) in Kernels)
        {
            WriteRow(output, name, [.. works.Select<KernelWorkload, Action>(work => () => run(work))]);
        }

        foreach ((string name, Action<KernelWorkload> run) in Floors)
        {
            WriteRow(output, name, [() => run(works[^1])]);
        }
    }

    /// <summary>Enough calls and time for the last tier of the just-in-time compiler.</summary>
    private static void WarmUp(KernelWorkload[] works)
    {
        for (int round = 0; round < 24; round++)
        {
            foreach ((_, Action<KernelWorkload> run) in Kernels.Concat(Floors))
            {
                foreach (KernelWorkload work in works)
                {
                    Repeat(() => run(work), 40);
                }
            }

            Thread.Sleep(250);
        }
    }

    private static void WriteRow(TextWriter output, string name, Action[] variants)
    {
        int[] counts = [.. variants.Select(variant => Math.Max(1, (int)(SampleMicroseconds / Repeat(variant, 20))))];
        double[][] samples = [.. variants.Select(_ => new double[Rounds])];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < variants.Length; i++)
            {
                samples[i][round] = Repeat(variants[i], counts[i]);
            }
        }

        output.WriteLine(string.Concat([name.PadRight(22), .. samples.Select(Summary)]));
    }

    private static string Summary(double[] samples)
    {
        Array.Sort(samples);
        return string.Create(CultureInfo.InvariantCulture, $"{samples[Rounds / 2]:F2} ({samples[0]:F2})").PadLeft(18);
    }

    /// <summary>Microseconds per call.</summary>
    private static double Repeat(Action action, int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
    }
}
