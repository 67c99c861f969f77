using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class MergeBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Merge();

    [Benchmark]
    public void Widest() => Lanes.Merge();
}
