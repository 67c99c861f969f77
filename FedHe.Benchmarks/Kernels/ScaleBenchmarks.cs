using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class ScaleBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.ScaleBy();

    [Benchmark]
    public void Widest() => Lanes.ScaleBy();
}
