using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.SealFormat;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks.SealFormat;

/// <summary>Both sides' parameters, a context, keys, and bytes of every kind of object.</summary>
internal sealed class SealSetting : IDisposable
{
    public SealSetting(int degree, int[] bitSizes, int logScale, int depth = 0, CkksPacking packing = CkksPacking.Slots)
    {
        Seal = SealEncryptionParameters.Create(degree, [.. bitSizes]);
        Parameters = Seal.ToCkksParameters(logScale, depth, packing);
        Context = new CkksContext(Parameters, new DeterministicRandomSource(seed: 6), new HeContextOptions { MaxDegreeOfParallelism = 1 });
        Keys = Context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        Exchange = new SealExchange(Context, Seal);
    }

    public SealEncryptionParameters Seal { get; }

    public CkksParameters Parameters { get; }

    public HeContext Context { get; }

    public KeyPair Keys { get; }

    public SealExchange Exchange { get; }

    public static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public byte[] SecretKey(SealWriteOptions? options = null)
        => Bytes(buffer => Exchange.WriteSecretKey(Keys.SecretKey, buffer, options));

    public byte[] PublicKey(SealWriteOptions? options = null)
        => Bytes(buffer => Exchange.WritePublicKey(Keys.SecretKey, buffer, options));

    public ReadOnlyMemory<byte>[] Ciphertexts(EncryptedVector vector, SealWriteOptions? options = null)
        => [.. Enumerable.Range(0, vector.CiphertextCount).Select(
            i => (ReadOnlyMemory<byte>)Bytes(buffer => Exchange.WriteCiphertext(vector, i, buffer, options)))];

    public static double[] Values(int count, int seed = 1)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextDouble()) - 1)];
    }

    public double[] Decrypt(EncryptedVector vector)
    {
        var values = new double[vector.Length];
        Context.CreateDecryptor(Keys.SecretKey).Decrypt(vector, values);
        return values;
    }

    public void Dispose()
    {
        Keys.Dispose();
        Context.Dispose();
    }
}
