using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;

namespace FedHe.Benchmarks.Operations;

public class DecryptBenchmarks : OperationBenchmarks
{
    private readonly IDecryptor _decryptor;
    private readonly EncryptedVector _full;
    private readonly double[] _values;

    public DecryptBenchmarks()
    {
        _decryptor = Context.CreateDecryptor(Keys.SecretKey);
        _full = Compressor.Expand(Aggregate);
        _values = new double[Values.Length];
    }

    [Benchmark]
    public void OneSeed() => _decryptor.Decrypt(Upload, _values);

    [Benchmark]
    public void ThreeSeeds() => _decryptor.Decrypt(Aggregate, _values);

    [Benchmark]
    public void BothPolynomials() => _decryptor.Decrypt(_full, _values);
}
