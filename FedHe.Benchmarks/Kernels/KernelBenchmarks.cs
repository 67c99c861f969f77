using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>What the benchmark classes share: the specification and the widest lanes of this machine, on equal inputs.</summary>
[IterationTime(100)]
[MaxIterationCount(20)]
[MedianColumn]
[MinColumn]
public abstract class KernelBenchmarks
{
    /// <summary>The scalar integer specification.</summary>
    private protected KernelWorkload Specification { get; } = new(LaneWidth.Specification);

    /// <summary>The widest lanes.</summary>
    private protected KernelWorkload Lanes { get; } = new(LaneSupport.Best);
}
