using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class SeedExpansionBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.ExpandSeed();

    [Benchmark]
    public void Widest() => Lanes.ExpandSeed();

    [Benchmark]
    public void CipherFloor() => Lanes.CipherFloor();
}
