using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class NttForwardBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.NttForward();

    [Benchmark]
    public void Widest() => Lanes.NttForward();
}
