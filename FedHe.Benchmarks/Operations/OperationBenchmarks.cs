using System.Buffers;
using BenchmarkDotNet.Attributes;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Operations;

/// <summary>
/// One segment of 64 ciphertexts goes through encryption, transfer, folding and decryption on one thread, with the parameters
/// and the promise of 24 bits that a job of three clients of weight 1 has.
/// </summary>
[IterationTime(200)]
[MaxIterationCount(20)]
[MemoryDiagnoser]
[MedianColumn]
[MinColumn]
public abstract class OperationBenchmarks
{
    private const int Ciphertexts = 64;
    private const int Clients = 3;
    private const int PrecisionBits = 24;

    /// <summary>The bound under which values are encrypted.</summary>
    protected const double MaxAbs = 1;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    protected OperationBenchmarks()
    {
        var parameters = CkksParameters.ForTotalWeight(Clients);
        Context = new CkksScheme().CreateContext(parameters, new HeContextOptions { MaxDegreeOfParallelism = 1 });
        Keys = Context.GenerateKeyPair();
        var precision = new TransferPrecision(PrecisionBits, Clients);
        Compressor = Context.Public.Compressor!;
        var random = new Random(1);
        Values = [.. Enumerable.Range(0, Ciphertexts * parameters.ValuesPerCiphertext)
            .Select(_ => (2 * random.NextDouble()) - 1)];
        IEncryptor encryptor = Context.CreateEncryptor(Keys.SecretKey);
        using EncryptedVector fresh = encryptor.Encrypt(Values, MaxAbs);
        Upload = Compressor.Compress(fresh, precision.UploadDeviation);
        UploadBytes = [.. Write(Upload)];
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(Values.Length);
        for (int client = 0; client < Clients; client++)
        {
            using EncryptedVector other = encryptor.Encrypt(Values, MaxAbs);
            sum.Add(other);
        }

        using EncryptedVector total = sum.Complete();
        Aggregate = Compressor.Compress(total, precision.DownloadDeviation(Clients));
        AggregateBytes = [.. Write(Aggregate)];
    }

    protected HeContext Context { get; }

    protected KeyPair Keys { get; }

    protected IVectorCompressor Compressor { get; }

    protected double[] Values { get; }

    protected EncryptedVector Upload { get; }

    protected byte[] UploadBytes { get; }

    /// <summary>The sum of three clients, with their seeds listed.</summary>
    protected EncryptedVector Aggregate { get; }

    protected byte[] AggregateBytes { get; }

    protected ReadOnlySpan<byte> Write(EncryptedVector vector)
    {
        _bytes.ResetWrittenCount();
        vector.WriteTo(_bytes);
        return _bytes.WrittenSpan;
    }

    protected EncryptedVector Read(byte[] bytes) => Context.Public.Reader.Read(bytes, WireLimits.ForLength(Values.Length));
}
