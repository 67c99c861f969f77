using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class AddScaledBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.AddScaled();

    [Benchmark]
    public void Widest() => Lanes.AddScaled();
}
