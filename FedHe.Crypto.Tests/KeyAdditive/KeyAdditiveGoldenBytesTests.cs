using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Pins every byte of key-additive encryption on the wire, version 1: a change needs a new version.</summary>
public sealed class KeyAdditiveGoldenBytesTests
{
    private static readonly Digest Seed = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    [Fact]
    public void Parameters_Bytes_AreAsDescribed()
    {
        // docs/wire-format.md: header, name, N, q, k, n, encoding, fields, scale.
        byte[] bytes = BytesOf(Plan(10, 24, KeyAdditiveEncoding.FixedPoint).WriteTo);
        Convert.ToHexStringLower(bytes).Should().Be(
            "46644865" + "0100" + "0100" + new string('0', 64) + "2900000000000000" + "0c00" + "6b65792d6164646974697665"
            + "00080000" + "0190fe7f00000000" + "1a" + "0a000000" + "01" + "01" + "de53660600000000");
    }

    [Theory]
    [InlineData(
        10,
        24,
        KeyAdditiveEncoding.FixedPoint,
        "eb3a1e9dd91c5b27cc703d04ba494aae104eb1d8ec5aee1b08f6593b08d31602",
        "a2c960e82845e8fc311096034113412d51e2e9892263b44241bd8c0091d760df",
        "4eca4c4ea18a00d6f09c4830168723730ce5e9a2bcdb2ab590ea5ecbdf0fc7a4")]
    [InlineData(
        3,
        8,
        KeyAdditiveEncoding.ExactIntegers,
        "d2382c2ec3446a8fb688fac06375aa715cd2cec143fedfee1b1cf46ce612a76d",
        "456e049d5e05ffdf1ee2738d3c5857577b78b0c47deb96d49cdc66c3004e9bc9",
        "979593a5524a6a554265e55f7411515844f8d1c10db8b8a99040c09005c0141a")]
    [InlineData(
        100,
        16,
        KeyAdditiveEncoding.FixedPoint,
        "e1349dbd75a6fd5c0d1923adf6db7472777e2820aab7f97d6459783eed69420d",
        "851b9303a72100b4521984002f38f5d0db8b68b1c0465678bd3c266be0ca02cd",
        "b4a01f1778bff1a865b13e6a1b3055c14a3e7b59a5897701dde8f6584c676a45")]
    public void ParametersUploadAndSum_WithKnownRandomness_HaveTheirHashes(
        int contributors, int precision, KeyAdditiveEncoding encoding, string parametersHash, string uploadHash, string sumHash)
    {
        var context = new KeyAdditiveContext(
            Plan(contributors, precision, encoding),
            new HeContextOptions { MaxDegreeOfParallelism = 1 },
            new DeterministicRandomSource(1));
        double[] values = [.. Enumerable.Range(0, context.Parameters.ValuesPerCiphertext + 3).Select(i => ((i % 17) - 8) / 8.0)];
        using IAccumulator accumulator = context.Public.Evaluator.CreateAccumulator(values.Length);
        byte[] upload = [];
        for (int i = 0; i < contributors; i++)
        {
            using RoundKey key = context.GenerateRoundKey(Seed);
            using EncryptedVector vector = context.CreateEncryptor(key).Encrypt(values, maxAbs: 1);
            accumulator.Add(vector);
            upload = BytesOf(vector.WriteTo);
        }

        using EncryptedVector sum = accumulator.Complete();
        string[] hashes = [HashOf(BytesOf(context.Parameters.WriteTo)), HashOf(upload), HashOf(BytesOf(sum.WriteTo))];
        hashes.Should().Equal(parametersHash, uploadHash, sumHash);
    }

    private static KeyAdditiveParameters Plan(int contributors, int precision, KeyAdditiveEncoding encoding)
        => KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(contributors, precision) { Encoding = encoding });

    private static byte[] BytesOf(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
