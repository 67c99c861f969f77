using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class AddBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Add();

    [Benchmark]
    public void Widest() => Lanes.Add();
}
