using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>What must hold inside the scheme and no caller can see.</summary>
public sealed class CkksEncryptionTests
{
    private const int Ciphertexts = 32;

    // Deterministic randomness is handed out in order.
    private static readonly HeContextOptions OneThread = new() { MaxDegreeOfParallelism = 1 };

    [Fact]
    public void SeededNoise_OverManyCoefficients_HasTheDeclaredDistribution()
    {
        double[] noise = Noise(CkksParameters.Aggregation, pair => pair.SecretKey, out VectorBound bound);
        double deviation = Deviation(noise);

        // Centered binomial, plus nothing: the message is zero and needs no rounding.
        deviation.Should().BeApproximately(Math.ScaleB(Math.Sqrt(10.5), -32), Math.ScaleB(0.05, -32));
        noise.Should().OnlyContain(error => Math.Abs(error) <= bound.NoiseMax);
    }

    [Fact]
    public void PublicKeyNoise_OverManyCoefficients_StaysBelowItsSigmaAndIsNotMuchSmaller()
    {
        double[] noise = Noise(CkksParameters.Aggregation, pair => pair.PublicKey, out VectorBound bound);
        double deviation = Deviation(noise);
        deviation.Should().BeLessThan(bound.NoiseSigma);
        deviation.Should().BeGreaterThan(bound.NoiseSigma / 1.3, "the a-priori bound should not waste precision");
    }

    [Fact]
    public void SlotNoise_OverManySlots_StaysBelowItsSigma()
    {
        foreach (Func<KeyPair, EncryptionKey> key in (Func<KeyPair, EncryptionKey>[])[pair => pair.SecretKey, pair => pair.PublicKey])
        {
            double[] noise = Noise(CkksParameters.PaperDefault, key, out VectorBound bound);

            // A deviation measured on n samples is off by 1/sqrt(2n) of itself; slots of one ciphertext are dependent.
            Deviation(noise).Should().BeLessThan(bound.NoiseSigma * 1.02);
            noise.Should().OnlyContain(error => Math.Abs(error) <= bound.ErrorBound);
        }
    }

    [Fact]
    public void Encrypt_SameValuesTwice_SharesNeitherSeedNorNoise()
    {
        var context = new CkksContext(CkksParameters.Aggregation, new DeterministicRandomSource(1), OneThread);
        using KeyPair pair = context.GenerateKeyPair();
        IEncryptor encryptor = context.CreateEncryptor(pair.SecretKey);
        using var first = (CkksVector)encryptor.Encrypt(new double[4096], 1);
        using var second = (CkksVector)encryptor.Encrypt(new double[4096], 1);
        first.Seeds.Single().CompareTo(second.Seeds.Single()).Should().NotBe(0);
        first.Limb(0, 0, 0).ToArray().Intersect(second.Limb(0, 0, 0).ToArray()).Should().HaveCountLessThan(3);
    }

    [Fact]
    public void Encrypt_SeveralCiphertextsOfEqualValues_DiffersFromCiphertextToCiphertext()
    {
        var context = new CkksContext(CkksParameters.Aggregation, new DeterministicRandomSource(2), OneThread);
        using KeyPair pair = context.GenerateKeyPair();
        using var vector = (CkksVector)context.CreateEncryptor(pair.SecretKey).Encrypt(new double[3 * 4096], 1);
        vector.Limb(0, 0, 0).ToArray().Intersect(vector.Limb(1, 0, 0).ToArray()).Should().HaveCountLessThan(3);
        vector.Limb(1, 0, 0).ToArray().Intersect(vector.Limb(2, 0, 0).ToArray()).Should().HaveCountLessThan(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Encrypt_OnAnyNumberOfThreads_RepeatsNoErrors(int threads)
    {
        var context = new CkksContext(
            CkksParameters.Aggregation, RandomSource.System, new HeContextOptions { MaxDegreeOfParallelism = threads });
        using KeyPair pair = context.GenerateKeyPair();
        foreach (EncryptionKey key in (EncryptionKey[])[pair.SecretKey, pair.PublicKey])
        {
            var noise = new double[Ciphertexts * 4096];
            using EncryptedVector vector = context.CreateEncryptor(key).Encrypt(new double[noise.Length], 1);
            context.CreateDecryptor(pair.SecretKey).Decrypt(vector, noise);
            noise.Chunk(4096).Select(errors => string.Join(' ', errors)).Should().OnlyHaveUniqueItems();
        }
    }

    [Fact]
    public void Workspace_AfterEveryOperation_HoldsNothing()
    {
        var ring = new CkksRing(CkksParameters.Aggregation);
        CkksWorkspace used = ring.Workspaces.Rent();
        used.Values.Span.Fill(1);
        used.Coefficients.Span.Fill(1);
        used.Error.Span.Fill(1);
        used.SecondError.Span.Fill(1);
        used.Ternary.Span.Fill(1);
        used.Polynomial.Span.Fill(1);
        used.SecondPolynomial.Span.Fill(1);
        used.Limbs.Span.Fill(1);
        used.Dispose();
        CkksWorkspace reused = ring.Workspaces.Rent();
        reused.Should().BeSameAs(used);
        reused.Values.Span.ToArray().Should().OnlyContain(x => x == 0);
        reused.Coefficients.Span.ToArray().Should().OnlyContain(x => x == 0);
        reused.Error.Span.ToArray().Concat(reused.SecondError.Span.ToArray()).Concat(reused.Ternary.Span.ToArray()).Should().OnlyContain(x => x == 0);
        reused.Polynomial.Span.ToArray().Concat(reused.SecondPolynomial.Span.ToArray()).Concat(reused.Limbs.Span.ToArray()).Should().OnlyContain(x => x == 0);
    }

    [Fact]
    public void SecretKey_Disposed_IsZeroedInMemory()
    {
        var context = new CkksContext(CkksParameters.Aggregation, new DeterministicRandomSource(3), OneThread);
        KeyPair pair = context.GenerateKeyPair();
        FixedPolynomial transformed = ((CkksSecretKey)pair.SecretKey).Transformed;
        transformed.Limb(0).Values.ToArray().Should().Contain(value => value != 0);
        transformed.Limb(0).Quotients.ToArray().Should().Contain(quotient => quotient != 0);
        pair.Dispose();
        transformed.Limb(0).Values.ToArray().Should().OnlyContain(value => value == 0);
        transformed.Limb(0).Quotients.ToArray().Should().OnlyContain(quotient => quotient == 0);
    }

    /// <summary>Pins the wire format: a change of any byte is a change of the format version.</summary>
    [Fact]
    public void Bytes_WithFixedRandomness_AreTheGoldenOnes()
    {
        var context = new CkksContext(CkksParameters.Aggregation, new DeterministicRandomSource(4), OneThread);
        using KeyPair pair = context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        double[] values = [.. Enumerable.Range(0, 5000).Select(i => Math.ScaleB((i % 7) - 3, -2))];
        using EncryptedVector seeded = context.CreateEncryptor(pair.SecretKey).Encrypt(values, 1);
        using EncryptedVector full = context.CreateEncryptor(pair.PublicKey).Encrypt(values, 1);
        string[] hashes =
        [
            Hash(context.Parameters.WriteTo),
            Hash(pair.PublicKey.WriteTo),
            Hash(pair.SecretKey.ExportClear),
            Hash(seeded.WriteTo),
            Hash(full.WriteTo),
        ];
        hashes.Should().Equal(GoldenHashes);
    }

    private static readonly string[] GoldenHashes =
    [
        "6d769831e26d0e69af6e15de4e12f6a3f66106fe2603003fb7d246c66499830e", // parameters
        "200c59c7d54cee5ce4c210949e97eae9dcf5b038c9cbd01aa1ca1ec8c5a4d0ec", // public key
        "cb0f8523a183fd55e6d3698a003ae96eea2fff27db830e27794cd6e940efcfb1", // secret key
        "8e2276581b170710089daeda33ae62b24ce20f7ae7de919ababb7c275b8d1b76", // seeded vector
        "44f51390719fea6b658c2337bbc88bcf1315743279a4bee1534a4b696c5a999d", // full vector
    ];

    private static string Hash(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    private static double[] Noise(CkksParameters parameters, Func<KeyPair, EncryptionKey> key, out VectorBound bound)
    {
        var context = new CkksContext(parameters, new DeterministicRandomSource(5), OneThread);
        using KeyPair pair = context.GenerateKeyPair();
        var zeros = new double[Ciphertexts * context.Parameters.ValuesPerCiphertext];
        using EncryptedVector vector = context.CreateEncryptor(key(pair)).Encrypt(zeros, 1);
        var decrypted = new double[zeros.Length];
        context.CreateDecryptor(pair.SecretKey).Decrypt(vector, decrypted);
        bound = vector.Bound;
        return decrypted;
    }

    private static double Deviation(double[] values) => Math.Sqrt(values.Average(x => x * x));
}
