using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class MaskMessageBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.MaskMessage();

    [Benchmark]
    public void Widest() => Lanes.MaskMessage();
}
