using System.Numerics;
using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

public class FixedBasePowerBenchmarks : ModularBenchmarks
{
    [Benchmark(Baseline = true)]
    public BigInteger BigInteger() => Specification.BigIntegerFixedBase();

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Scalar() => Specification.RaiseFixedBase();

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Widest() => Lanes.RaiseFixedBase();
}
