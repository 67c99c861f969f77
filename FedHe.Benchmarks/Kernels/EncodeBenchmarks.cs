using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class EncodeBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Encode();

    [Benchmark]
    public void Widest() => Lanes.Encode();
}
