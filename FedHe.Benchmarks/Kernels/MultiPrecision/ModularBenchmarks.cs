using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>
/// The modular benchmarks time every operation modulo a square at every width of this machine, beside its specification
/// and .NET's BigInteger. Every figure is the time of one number.
/// </summary>
[IterationTime(200)]
[MaxIterationCount(20)]
[MedianColumn]
[MinColumn]
public class ModularBenchmarks
{
    private readonly ModularWorkload _specification = new(LaneWidth.Specification);
    private ModularWorkload _lanes = null!;
    private ModularOperation _operation = null!;

    public static IEnumerable<string> Operations => ModularCatalog.Operations.Select(operation => operation.Name);

    public static IEnumerable<LaneWidth> Widths => BenchmarkWidths.Lanes;

    [ParamsSource(nameof(Operations))]
    public string Operation { get; set; } = "";

    [ParamsSource(nameof(Widths))]
    public LaneWidth Width { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _lanes = new ModularWorkload(Width);
        _operation = Array.Find(ModularCatalog.Operations, operation => operation.Name == Operation)!;
    }

    [Benchmark]
    public void BigInteger() => _operation.BigInteger(_specification);

    [Benchmark(Baseline = true, OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Specification() => _operation.Kernel(_specification);

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Lanes() => _operation.Kernel(_lanes);
}
