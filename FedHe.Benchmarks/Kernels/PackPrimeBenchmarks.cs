using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class PackPrimeBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Pack50();

    [Benchmark]
    public void Widest() => Lanes.Pack50();
}
