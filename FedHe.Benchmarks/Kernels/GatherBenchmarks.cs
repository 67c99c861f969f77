using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class GatherBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Gather();

    [Benchmark]
    public void Widest() => Lanes.Gather();
}
