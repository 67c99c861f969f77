using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>One attempt of key-additive encryption: keys and uploads of several contributors, and their sums.</summary>
internal sealed class KeyAdditiveAttempt : IDisposable
{
    private readonly List<RoundKey> _keys = [];
    private readonly List<EncryptedVector> _uploads = [];

    public KeyAdditiveAttempt(KeyAdditiveContext context, string name = "attempt 1")
    {
        Context = context;
        Seed = Digest.Compute(System.Text.Encoding.UTF8.GetBytes(name));
    }

    public KeyAdditiveContext Context { get; }

    public Digest Seed { get; }

    public IReadOnlyList<RoundKey> Keys => _keys;

    public IReadOnlyList<EncryptedVector> Uploads => _uploads;

    public static KeyAdditiveContext ContextFor(
        int contributors, int precision, KeyAdditiveEncoding encoding = KeyAdditiveEncoding.FixedPoint, int threads = -1)
        => new(
            KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(contributors, precision) { Encoding = encoding }),
            new HeContextOptions { MaxDegreeOfParallelism = threads });

    public EncryptedVector Upload(ReadOnlySpan<double> values)
    {
        RoundKey key = Context.GenerateRoundKey(Seed);
        _keys.Add(key);
        _uploads.Add(Context.CreateEncryptor(key).Encrypt(values, maxAbs: 1));
        return _uploads[^1];
    }

    public EncryptedVector Sum()
    {
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(_uploads[0].Length);
        _uploads.ForEach(upload => sum.Add(upload));
        return sum.Complete();
    }

    public RoundKeySum KeySum() => Context.CreateKeySum(Seed, _keys.Count, SumOf(_keys));

    public double[] Open(EncryptedVector sum)
    {
        using RoundKeySum key = KeySum();
        var values = new double[sum.Length];
        Context.CreateDecryptor(key).Decrypt(sum, values);
        return values;
    }

    public EncryptedVector Send(EncryptedVector vector) => Context.Public.Reader.Read(BytesOf(vector), WireLimits.Default);

    public static byte[] BytesOf(EncryptedVector vector)
    {
        var buffer = new ArrayBufferWriter<byte>();
        vector.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public static long[] CoefficientsOf(RoundKey key)
    {
        var coefficients = new long[key.Length];
        key.CopyCoefficientsTo(coefficients);
        return coefficients;
    }

    public static long[] SumOf(IEnumerable<RoundKey> keys)
        => keys.Select(CoefficientsOf).Aggregate((sum, next) => [.. sum.Zip(next, (x, y) => x + y)]);

    public void Dispose()
    {
        _keys.ForEach(key => key.Dispose());
        _uploads.ForEach(upload => upload.Dispose());
    }
}
