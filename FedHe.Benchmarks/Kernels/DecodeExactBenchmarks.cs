using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class DecodeExactBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.DecodeExact();

    [Benchmark]
    public void Widest() => Lanes.DecodeExact();
}
