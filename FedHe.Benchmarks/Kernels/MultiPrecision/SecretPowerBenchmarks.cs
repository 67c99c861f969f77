using System.Numerics;
using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

public class SecretPowerBenchmarks : ModularBenchmarks
{
    [Benchmark(Baseline = true)]
    public BigInteger BigInteger() => Specification.BigIntegerPower();

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Scalar() => Specification.RaiseToSecret();

    [Benchmark(OperationsPerInvoke = ModularWorkload.Numbers)]
    public void Widest() => Lanes.RaiseToSecret();
}
