using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>The quick report gives medians and minima of every kernel at every supported width.</summary>
/// <remarks>Widths are interleaved in one process, so that ratios hold on a noisy machine even where absolute times do not.</remarks>
internal static class QuickReport
{
    public static void Write(TextWriter output)
    {
        LaneWidth[] widths = BenchmarkWidths.All;
        KernelWorkload[] works = [.. widths.Select(width => new KernelWorkload(width))];
        output.WriteLine($"{Machine.CpuName}; N = {KernelWorkload.Degree}; best lanes: {LaneSupport.Best}");
        output.WriteLine("median (minimum) in microseconds");
        QuickTable.WriteHeader(output, widths);
        WarmUp(works);
        foreach ((string name, Action<KernelWorkload> run) in KernelCatalog.Kernels)
        {
            QuickTable.WriteRow(output, name, [.. works.Select<KernelWorkload, Action>(work => () => run(work))]);
        }

        foreach ((string name, Action<KernelWorkload> run) in KernelCatalog.Primitives)
        {
            QuickTable.WriteRow(output, name, [() => run(works[^1])]);
        }
    }

    /// <summary>Runs every kernel for enough calls and time to reach the last tier of the just-in-time compiler.</summary>
    private static void WarmUp(KernelWorkload[] works)
    {
        for (int round = 0; round < 24; round++)
        {
            foreach ((_, Action<KernelWorkload> run) in KernelCatalog.Kernels.Concat(KernelCatalog.Primitives))
            {
                foreach (KernelWorkload work in works)
                {
                    QuickTable.Repeat(() => run(work), 40);
                }
            }

            Thread.Sleep(250);
        }
    }
}
