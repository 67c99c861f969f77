using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class AddSmallSignedBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.AddSmallSigned();

    [Benchmark]
    public void Widest() => Lanes.AddSmallSigned();
}
