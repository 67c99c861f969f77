using BenchmarkDotNet.Attributes;
using FedHe.Benchmarks.Rounds;
using FedHe.Crypto.Operations;

namespace FedHe.Benchmarks.Operations;

public class EncryptBenchmarks : OperationBenchmarks, IDisposable
{
    private readonly Floor _floor = new();
    private readonly IEncryptor _seeded;
    private readonly IEncryptor _public;

    public EncryptBenchmarks()
    {
        _seeded = Context.CreateEncryptor(Keys.SecretKey);
        _public = Context.CreateEncryptor(Keys.PublicKey);
    }

    [Benchmark(Baseline = true)]
    public void Floor() => _floor.Run(Values.Length);

    [Benchmark]
    public void SecretKey() => _seeded.Encrypt(Values, MaxAbs).Dispose();

    [Benchmark]
    public void PublicKey() => _public.Encrypt(Values, MaxAbs).Dispose();

    [GlobalCleanup]
    public void Dispose()
    {
        _floor.Dispose();
        GC.SuppressFinalize(this);
    }
}
