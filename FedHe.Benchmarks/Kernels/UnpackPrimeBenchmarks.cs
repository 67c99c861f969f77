using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class UnpackPrimeBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Unpack50();

    [Benchmark]
    public void Widest() => Lanes.Unpack50();
}
