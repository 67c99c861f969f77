using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class PackUploadBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Pack26();

    [Benchmark]
    public void Widest() => Lanes.Pack26();
}
