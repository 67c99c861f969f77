using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class ReduceSignedBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.ReduceSigned();

    [Benchmark]
    public void Widest() => Lanes.ReduceSigned();
}
