using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class MultiplyBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Multiply();

    [Benchmark]
    public void Widest() => Lanes.Multiply();
}
