using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class FourierTransformBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Fft();

    [Benchmark]
    public void Widest() => Lanes.Fft();
}
