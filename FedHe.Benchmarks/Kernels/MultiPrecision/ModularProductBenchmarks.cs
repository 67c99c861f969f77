using System.Numerics;
using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

public class ModularProductBenchmarks : ModularBenchmarks
{
    [Benchmark(Baseline = true)]
    public BigInteger BigInteger() => Specification.BigIntegerMultiply();

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Scalar() => Specification.Multiply();

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Widest() => Lanes.Multiply();
}
