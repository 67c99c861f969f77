using System.Numerics;
using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

public class ModularSquareBenchmarks : ModularBenchmarks
{
    [Benchmark(Baseline = true)]
    public BigInteger BigInteger() => Specification.BigIntegerSquare();

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Scalar() => Specification.Square();

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Widest() => Lanes.Square();
}
