using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class CentredBinomialBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.CentredBinomial();

    [Benchmark]
    public void Widest() => Lanes.CentredBinomial();

    [Benchmark]
    public void GeneratorFloor() => Lanes.GeneratorFloor();
}
