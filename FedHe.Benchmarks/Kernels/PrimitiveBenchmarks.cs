using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>The platform's primitives alone: what seed expansion and error sampling take at the least.</summary>
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
