using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class EncodeExactBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.EncodeExact();

    [Benchmark]
    public void Widest() => Lanes.EncodeExact();
}
