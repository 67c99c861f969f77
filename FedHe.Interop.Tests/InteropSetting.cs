using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.SealFormat;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;

namespace FedHe.Interop.Tests;

/// <summary>Both sides under the same parameters and keys, which FedHe made.</summary>
internal sealed class InteropSetting : IDisposable
{
    public static readonly SealWriteOptions Zlib = new() { Compression = SealCompression.Zlib };

    public InteropSetting(SealPeer peer, ParameterCase parameters)
    {
        Peer = peer;
        Seal = SealEncryptionParameters.Create(parameters.Degree, [.. parameters.BitSizes]);
        Parameters = Seal.ToCkksParameters(parameters.LogScale, parameters.Depth, parameters.Packing);
        Context = new CkksScheme().CreateContext(Parameters);
        Keys = Context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        Exchange = new SealExchange(Context, Seal);
        peer.LoadContext(Bytes(buffer => Seal.WriteTo(buffer)));
        peer.LoadKeys(
            Bytes(buffer => Exchange.WriteSecretKey(Keys.SecretKey, buffer)),
            Bytes(buffer => Exchange.WritePublicKey(Keys.SecretKey, buffer, Zlib)));
    }

    public SealPeer Peer { get; }

    public SealEncryptionParameters Seal { get; }

    public CkksParameters Parameters { get; }

    public HeContext Context { get; }

    public KeyPair Keys { get; }

    public KeyId KeyId => Keys.PublicKey.KeyId;

    public SealExchange Exchange { get; }

    public int Slots => Parameters.ValuesPerCiphertext;

    public static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public static double LargestDifference(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        left.Length.Should().Be(right.Length);
        double largest = 0;
        for (int i = 0; i < left.Length; i++)
        {
            double difference = Math.Abs(left[i] - right[i]);
            largest = difference <= largest ? largest : difference;
        }

        return largest;
    }

    /// <summary>A file for each ciphertext of a vector.</summary>
    public ReadOnlyMemory<byte>[] Write(EncryptedVector vector, SealWriteOptions? options = null)
        => [.. Enumerable.Range(0, vector.CiphertextCount).Select(
            i => (ReadOnlyMemory<byte>)Bytes(buffer => Exchange.WriteCiphertext(vector, i, buffer, options)))];

    /// <summary>Values encrypted by SEAL, as many ciphertexts as it takes.</summary>
    public ReadOnlyMemory<byte>[] SealEncrypt(double[] values, SealEncryption how, bool zlib = false)
        => [.. values.Chunk(Slots).Select(chunk => (ReadOnlyMemory<byte>)Peer.Encrypt(chunk, Parameters.LogScale, how, zlib))];

    public EncryptedVector Read(IReadOnlyList<ReadOnlyMemory<byte>> ciphertexts, int length, VectorBound bound)
        => Exchange.ReadVector(ciphertexts, length, KeyId, bound);

    public double[] Decrypt(EncryptedVector vector)
    {
        var values = new double[vector.Length];
        Context.CreateDecryptor(Keys.SecretKey).Decrypt(vector, values);
        return values;
    }

    /// <summary>What SEAL decrypts of the ciphertexts of a vector.</summary>
    public double[] SealDecrypt(IEnumerable<ReadOnlyMemory<byte>> ciphertexts, int length)
        => [.. ciphertexts.SelectMany(ciphertext => Peer.Decrypt(ciphertext)).Take(length)];

    public void Dispose()
    {
        Keys.Dispose();
        Context.Dispose();
    }
}
