using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>What the benchmark classes share. Every figure is the time of one number.</summary>
[IterationTime(200)]
[MaxIterationCount(20)]
[MedianColumn]
[MinColumn]
public abstract class ModularBenchmarks
{
    /// <summary>The scalar 64-bit specification.</summary>
    private protected ModularWorkload Specification { get; } = new(LaneWidth.Specification);

    /// <summary>The widest lanes.</summary>
    private protected ModularWorkload Lanes { get; } = new(LaneSupport.Best);
}
