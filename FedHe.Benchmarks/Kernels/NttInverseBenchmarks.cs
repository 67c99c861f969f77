using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class NttInverseBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.NttInverse();

    [Benchmark]
    public void Widest() => Lanes.NttInverse();
}
