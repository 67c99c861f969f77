using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class SubtractBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.SubtractFrom();

    [Benchmark]
    public void Widest() => Lanes.SubtractFrom();
}
