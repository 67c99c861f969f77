using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class CentreBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Center();

    [Benchmark]
    public void Widest() => Lanes.Center();
}
