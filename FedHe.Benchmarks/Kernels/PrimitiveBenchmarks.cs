using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>The primitive benchmarks time the platform's primitives alone, which bound seed expansion and error
/// sampling from below.</summary>
[IterationTime(100)]
[MaxIterationCount(20)]
[MedianColumn]
[MinColumn]
public class PrimitiveBenchmarks
{
    private readonly KernelWorkload _work = new(LaneSupport.Best);

    [Benchmark]
    public void EncryptCounters() => _work.EncryptCounters();

    [Benchmark]
    public void FillWithRandomBytes() => _work.FillWithRandomBytes();
}
