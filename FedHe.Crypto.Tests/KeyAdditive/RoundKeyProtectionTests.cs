using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>The sum of round keys survives every scheme exactly, and nothing else is taken for it.</summary>
public sealed class RoundKeyProtectionTests
{
    private const int Contributors = 10;

    private static readonly KeyAdditiveContext Inner = KeyAdditiveAttempt.ContextFor(Contributors, 24);

    private static readonly SchemeUnderTest[] Schemes =
    [
        SchemeRegistry.Plain,
        SchemeRegistry.CkksAggregation,
        SchemeRegistry.CkksPaperDefault,
        SchemeRegistry.Ckks2048,
        new("ckks-exact-6", new CkksScheme(), CkksParameters.ForExactIntegers(6, Contributors, CkksTraffic.PublicKey)),
        new("paillier-6", new PaillierScheme(), PaillierParameters.Create(Contributors, 6, keyBits: 2048)),
    ];

    private static readonly HeContext Coarse = new CkksScheme().CreateContext(
        CkksParameters.Create(new CkksParametersLiteral { Degree = 4096, LogModuli = [50], LogScale = 20 }));

    public static TheoryData<string> Names { get; } = [.. Schemes.Select(scheme => scheme.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Sum_UnderEveryScheme_IsExact(string name)
    {
        HeContext outer = Schemes.Single(scheme => scheme.Name == name).Context;
        using KeyPair keys = outer.GenerateKeyPair();
        foreach (EncryptionKey key in (EncryptionKey[])[keys.SecretKey, keys.PublicKey])
        {
            IEncryptor encryptor = outer.CreateEncryptor(key);
            var protection = new RoundKeyProtection(Inner, outer.Public, encryptor.Form);
            using var attempt = new KeyAdditiveAttempt(Inner);
            using IAccumulator sum = outer.Public.Evaluator.CreateAccumulator(protection.Length);
            for (int i = 0; i < Contributors; i++)
            {
                attempt.Upload([0.5, -1]);
                using EncryptedVector wrapped = protection.Encrypt(attempt.Keys[i], encryptor);
                sum.Add(wrapped);
            }

            using EncryptedVector complete = sum.Complete();
            using RoundKeySum opened = protection.Decrypt(complete, outer.CreateDecryptor(keys.SecretKey), attempt.Seed, Contributors);
            opened.Polynomial.Coefficients.ToArray().Should().Equal(KeyAdditiveAttempt.SumOf(attempt.Keys));
            using EncryptedVector uploads = attempt.Sum();
            var values = new double[2];
            Inner.CreateDecryptor(opened).Decrypt(uploads, values);
            values[0].Should().BeApproximately(5, 1e-5);
            values[1].Should().BeApproximately(-10, 1e-5);
        }
    }

    [Fact]
    public void Parameters_TooCoarse_AreRefused()
    {
        SchemeUnderTest[] coarse =
        [
            new("ckks-exact-5", new CkksScheme(), CkksParameters.ForExactIntegers(5, Contributors, CkksTraffic.SeedLists)),
            new("ckks-exact-few", new CkksScheme(), CkksParameters.ForExactIntegers(6, Contributors - 1, CkksTraffic.SeedLists)),
            new("paillier-5", new PaillierScheme(), PaillierParameters.Create(Contributors, 5, keyBits: 2048)),
            SchemeRegistry.CkksSmallest,
        ];
        foreach (SchemeUnderTest scheme in coarse)
        {
            FluentActions.Invoking(() => new RoundKeyProtection(Inner, scheme.Context.Public, VectorForm.Seeded))
                .Should().Throw<HeCapacityException>(scheme.Name);
        }
    }

    [Fact]
    public void Garbage_IsNotTakenForASum()
    {
        HeContext outer = SchemeRegistry.CkksAggregation.Context;
        using KeyPair keys = outer.GenerateKeyPair();
        using KeyPair others = outer.GenerateKeyPair();
        var protection = new RoundKeyProtection(Inner, outer.Public, VectorForm.Seeded);
        using EncryptedVector halves = outer.CreateEncryptor(keys.SecretKey)
            .Encrypt([.. Enumerable.Repeat(1.5 / 32, protection.Length)], maxAbs: 1);
        using EncryptedVector large = outer.CreateEncryptor(keys.SecretKey)
            .Encrypt([.. Enumerable.Repeat(1.0 * 43 / 32, protection.Length)], maxAbs: 2);
        using EncryptedVector shorter = outer.CreateEncryptor(keys.SecretKey).Encrypt(new double[5], maxAbs: 1);
        using EncryptedVector foreign = outer.CreateEncryptor(others.SecretKey).Encrypt(new double[protection.Length], maxAbs: 1);
        foreach (EncryptedVector vector in (EncryptedVector[])[halves, large, shorter, foreign])
        {
            protection.Invoking(own => own.Decrypt(vector, outer.CreateDecryptor(keys.SecretKey), default, 2))
                .Should().Throw<HeMismatchException>();
        }
    }

    [Fact]
    public void Encryptor_OfAnotherForm_IsRefused()
    {
        // Guard: Encrypt compares bounds. Fine enough under the secret key, these parameters are too coarse under the public key.
        using KeyPair keys = Coarse.GenerateKeyPair();
        using RoundKey key = Inner.GenerateRoundKey(default);
        var protection = new RoundKeyProtection(Inner, Coarse.Public, VectorForm.Seeded);
        FluentActions.Invoking(() => new RoundKeyProtection(Inner, Coarse.Public, VectorForm.Full)).Should().Throw<HeCapacityException>();
        protection.Invoking(own => own.Encrypt(key, Coarse.CreateEncryptor(keys.PublicKey))).Should().Throw<HeMismatchException>();
        protection.Encrypt(key, Coarse.CreateEncryptor(keys.SecretKey)).Dispose();
    }

    [Fact]
    public void Sum_WhoseBoundIsTooWide_IsNotDecrypted()
    {
        // Guard: Decrypt reads the bound. Half a step left out rounds some coefficients to the wrong integer.
        using KeyPair keys = Coarse.GenerateKeyPair();
        using RoundKey key = Inner.GenerateRoundKey(default);
        var protection = new RoundKeyProtection(Inner, Coarse.Public, VectorForm.Seeded);
        using EncryptedVector wrapped = protection.Encrypt(key, Coarse.CreateEncryptor(keys.SecretKey));
        using EncryptedVector shorter = Coarse.Public.Compressor!.Compress(wrapped, maxAddedDeviation: 1.0 / 32);
        shorter.Bound.ErrorBound.Should().BeGreaterThan(1.0 / 128, "or the guard is not what refuses");
        protection.Invoking(own => own.Decrypt(shorter, Coarse.CreateDecryptor(keys.SecretKey), default, 2))
            .Should().Throw<HeCapacityException>();
    }

    [Fact]
    public void RoundKeys_GivenToASchemeAsItsKey_AreRefused()
    {
        using RoundKey key = Inner.GenerateRoundKey(default);
        using RoundKeySum sum = Inner.CreateKeySum(default, 2, new long[key.Length]);
        foreach (SchemeUnderTest scheme in Schemes)
        {
            scheme.Context.Invoking(context => context.CreateEncryptor(key)).Should().Throw<HeMismatchException>(scheme.Name);
            scheme.Context.Invoking(context => context.CreateDecryptor(sum)).Should().Throw<HeMismatchException>(scheme.Name);
        }
    }

    [Fact]
    public void Keys_AndEncryptors_OfOtherParameters_AreRefused()
    {
        HeContext outer = SchemeRegistry.CkksAggregation.Context;
        HeContext other = SchemeRegistry.CkksExact.Context;
        using KeyPair keys = outer.GenerateKeyPair();
        using KeyPair others = other.GenerateKeyPair();
        var protection = new RoundKeyProtection(Inner, outer.Public, VectorForm.Seeded);
        using RoundKey key = Inner.GenerateRoundKey(default);
        using RoundKey foreign = KeyAdditiveAttempt.ContextFor(3, 16).GenerateRoundKey(default);
        protection.Invoking(own => own.Encrypt(key, other.CreateEncryptor(others.SecretKey))).Should().Throw<HeMismatchException>();
        protection.Invoking(own => own.Encrypt(foreign, outer.CreateEncryptor(keys.SecretKey))).Should().Throw<HeMismatchException>();
    }
}
