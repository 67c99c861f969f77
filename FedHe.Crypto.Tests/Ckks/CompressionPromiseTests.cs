using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>The promise of precision, kept by what really travels, for few and many clients.</summary>
public sealed class CompressionPromiseTests
{
    private static readonly HeContext Context = new CkksScheme().CreateContext(CkksParameters.Aggregation);

    /// <summary>Bits a value from the formula k = b + 0.2 + log2(W) - log2(N_c)/2, rounded up, at W = N_c.</summary>
    [Theory]
    [InlineData(3, 16, 18)]
    [InlineData(10, 16, 18)]
    [InlineData(100, 16, 20)]
    [InlineData(200, 16, 21)]
    [InlineData(1000, 16, 22)]
    [InlineData(3, 24, 26)]
    [InlineData(10, 24, 26)]
    [InlineData(100, 24, 28)]
    [InlineData(200, 24, 29)]
    [InlineData(1000, 24, 30)]
    public void Average_OfCompressedUploadsAndDownload_KeepsThePromiseInFewBits(int clients, int precisionBits, int bitsPerValue)
    {
        var compressor = Context.Public.Compressor!;

        // Values are stretched to the whole capacity, with room for the error, so that as few bits as possible travel.
        double gain = (1 - (1.0 / 1024)) * Context.Parameters.Capacity / clients;
        double allowed = Math.ScaleB(gain, -precisionBits - 1);
        int length = Context.Parameters.ValuesPerCiphertext;
        using KeyPair keys = Context.GenerateKeyPair();
        IEncryptor encryptor = Context.CreateEncryptor(keys.SecretKey);
        var random = new System.Random(clients + precisionBits);
        var exact = new double[length];
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(length);
        for (int client = 0; client < clients; client++)
        {
            double[] values = [.. Enumerable.Range(0, length).Select(i => i < 2 ? 1 - (2 * i) : (2 * random.NextDouble()) - 1)];
            using EncryptedVector fresh = encryptor.Encrypt([.. values.Select(value => value * gain)], gain);
            using EncryptedVector upload = compressor.Compress(fresh, allowed * Math.Sqrt(clients));
            using EncryptedVector received = Send(upload, out int uploadBytes);
            sum.Add(received);
            ((uploadBytes - 160) * 8 / length).Should().BeLessThanOrEqualTo(bitsPerValue, "of what the formula predicts");
            for (int i = 0; i < length; i++)
            {
                exact[i] += values[i];
            }
        }

        using EncryptedVector aggregate = sum.Complete();
        using EncryptedVector download = compressor.Compress(aggregate, allowed * clients);
        using EncryptedVector arrived = Send(download, out _);
        var decrypted = new double[length];
        Context.CreateDecryptor(keys.SecretKey).Decrypt(arrived, decrypted);

        double divisor = gain * clients;
        double[] errors = [.. decrypted.Zip(exact, (value, expected) => (value / divisor) - (expected / clients))];
        errors.Should().OnlyContain(error => Math.Abs(error) <= arrived.Bound.ErrorBound / divisor);
        double deviation = Math.Sqrt(errors.Average(error => error * error));
        deviation.Should().BeLessThan(Math.ScaleB(Math.Sqrt(2), -precisionBits - 1) * 1.05, "uploads and download have 2^-(b+1) each");
    }

    private static EncryptedVector Send(EncryptedVector vector, out int bytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        vector.WriteTo(buffer);
        bytes = buffer.WrittenCount;
        return Context.Public.Reader.Read(buffer.WrittenSpan, WireLimits.Default);
    }
}
