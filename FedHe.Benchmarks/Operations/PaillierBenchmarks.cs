using System.Buffers;
using BenchmarkDotNet.Attributes;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Benchmarks.Operations;

/// <summary>
/// One segment of 64 Paillier ciphertexts goes through encryption, transfer, folding and decryption on one thread, with keys of
/// 3072 bits, 16 bits of precision and ten clients. Packing is measured with a single ciphertext.
/// </summary>
[IterationTime(200)]
[MaxIterationCount(20)]
[MemoryDiagnoser]
[MedianColumn]
[MinColumn]
public class PaillierBenchmarks : IDisposable
{
    private const int Ciphertexts = 64;
    private const int Weight = 4095;

    private readonly HeContext _context;
    private readonly KeyPair _keys;
    private readonly IEncryptor _encryptor;
    private readonly IDecryptor _decryptor;
    private readonly EncryptedVector _upload;
    private readonly byte[] _uploadBytes;
    private readonly FieldPacking _packing;
    private readonly double[] _values;
    private readonly double[] _decrypted;
    private readonly byte[] _message;

    public PaillierBenchmarks()
    {
        var parameters = PaillierParameters.Create(largestTotalWeight: 10, precisionBits: 16);
        _context = new PaillierScheme().CreateContext(parameters, new HeContextOptions { MaxDegreeOfParallelism = 1 });
        _keys = _context.GenerateKeyPair();
        _encryptor = _context.CreateEncryptor(_keys.PublicKey);
        _decryptor = _context.CreateDecryptor(_keys.SecretKey);
        var random = new Random(1);
        _values = [.. Enumerable.Range(0, Ciphertexts * parameters.ValuesPerCiphertext).Select(_ => (2 * random.NextDouble()) - 1)];
        _decrypted = new double[_values.Length];

        // The bound is small enough for a weight of 12 bits.
        _upload = _encryptor.Encrypt([.. _values.Select(value => value / Weight)], 1.0 / Weight);
        var bytes = new ArrayBufferWriter<byte>();
        _upload.WriteTo(bytes);
        _uploadBytes = bytes.WrittenSpan.ToArray();
        _packing = ((PaillierPublicKey)_keys.PublicKey).Modulus.Packing;
        _message = new byte[parameters.ModulusLength];
    }

    [Benchmark]
    public void EncodeFields() => _packing.Encode<double>(_values.AsSpan(0, _packing.Count), _message);

    [Benchmark]
    public void DecodeFields() => _packing.TryDecode(_message, _decrypted.AsSpan(0, _packing.Count));

    [Benchmark]
    public void Encrypt() => _encryptor.Encrypt(_values, 1).Dispose();

    [Benchmark]
    public void Read() => _context.Public.Reader.Read(_uploadBytes, WireLimits.ForLength(_values.Length)).Dispose();

    [Benchmark]
    public void Add() => Fold(weight: 1);

    [Benchmark]
    public void AddWeightedBy12Bits() => Fold(Weight);

    [Benchmark]
    public void Decrypt() => _decryptor.Decrypt(_upload, _decrypted);

    [GlobalCleanup]
    public void Dispose()
    {
        _upload.Dispose();
        _keys.Dispose();
        _context.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Folds an upload, without the copy that a complete sum takes once for all clients.</summary>
    private void Fold(long weight)
    {
        using IAccumulator sum = _context.Public.Evaluator.CreateAccumulator(_values.Length);
        sum.Add(_upload, weight);
    }
}
