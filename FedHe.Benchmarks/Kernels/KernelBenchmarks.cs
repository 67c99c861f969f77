using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>The kernel benchmarks time every kernel at every width of this machine, beside its specification on equal
/// inputs.</summary>
[IterationTime(100)]
[MaxIterationCount(20)]
[MedianColumn]
[MinColumn]
public class KernelBenchmarks
{
    private readonly KernelWorkload _specification = new(LaneWidth.Specification);
    private KernelWorkload _lanes = null!;
    private Action<KernelWorkload> _run = null!;

    public static IEnumerable<string> Kernels => KernelCatalog.Kernels.Select(kernel => kernel.Name);

    public static IEnumerable<LaneWidth> Widths => BenchmarkWidths.Lanes;

    [ParamsSource(nameof(Kernels))]
    public string Kernel { get; set; } = "";

    [ParamsSource(nameof(Widths))]
    public LaneWidth Width { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _lanes = new KernelWorkload(Width);
        _run = Array.Find(KernelCatalog.Kernels, kernel => kernel.Name == Kernel).Run;
    }

    [Benchmark(Baseline = true)]
    public void Specification() => _run(_specification);

    [Benchmark]
    public void Lanes() => _run(_lanes);
}
