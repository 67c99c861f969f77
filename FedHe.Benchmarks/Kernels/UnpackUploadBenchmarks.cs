using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels;

public class UnpackUploadBenchmarks : KernelBenchmarks
{
    [Benchmark(Baseline = true)]
    public void Scalar() => Specification.Unpack26();

    [Benchmark]
    public void Widest() => Lanes.Unpack26();
}
