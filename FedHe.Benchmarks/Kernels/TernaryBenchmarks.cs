using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class TernaryBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Ternary();

    [Benchmark]
    public void Widest() => Lanes.Ternary();
}
