using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class DecodeBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Decode();

    [Benchmark]
    public void Widest() => Lanes.Decode();
}
