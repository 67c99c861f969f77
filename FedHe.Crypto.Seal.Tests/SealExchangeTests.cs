using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.SealFormat;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Seal.Native;
using FedHe.Crypto.Seal.Tests.Discovery;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Seal.Tests;

/// <summary>
/// SEAL itself and SEAL's format in managed code, each reading what the other one wrote, under the same secret key.
/// </summary>
[NeedsSeal]
public sealed class SealExchangeTests : IDisposable
{
    private const double MaxAbs = 3;
    private const int Length = 4096 + 17;

    private readonly SealContext _native = (SealContext)SealSubjects.PaperDefault.Context;
    private readonly KeyPair _nativeKeys;
    private readonly HeContext _managed;
    private readonly KeyPair _managedKeys;
    private readonly SealExchange _exchange;
    private readonly double[] _values;

    public SealExchangeTests()
    {
        _nativeKeys = _native.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        _managed = new CkksScheme().CreateContext(SealParameters.PaperDefault.ToCkksParameters());
        _exchange = new SealExchange(_managed, SealParameters.PaperDefault.Encryption);
        _exchange.TryReadKeyPair(FileOf(_nativeKeys.SecretKey), SecretKeyExportPolicy.Clear, out KeyPair? managedKeys, out _)
            .Should().BeTrue();
        _managedKeys = managedKeys!;
        var random = new System.Random(7);
        _values = [.. Enumerable.Range(0, Length).Select(_ => MaxAbs * ((2 * random.NextDouble()) - 1))];
    }

    public static TheoryData<VectorForm> Forms => [VectorForm.Full, VectorForm.Seeded];

    public void Dispose()
    {
        _managedKeys.Dispose();
        _managed.Dispose();
        _nativeKeys.Dispose();
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Vector_OfSeal_IsReadInManagedCode(VectorForm form)
    {
        using EncryptedVector native = Encrypt(form);

        using EncryptedVector managed = _exchange.ReadVector(
            FilesOf(native), Length, _managedKeys.SecretKey.KeyId, ManagedBound(native));

        ShouldBe(_values, _managed.CreateDecryptor(_managedKeys.SecretKey), managed);
    }

    [Fact]
    public void Residues_OfASeededVector_HoldWhatManagedCodeExpandsTheSeedTo()
    {
        using EncryptedVector native = Encrypt(VectorForm.Seeded);
        using EncryptedVector managed = _exchange.ReadVector(
            FilesOf(native), Length, _managedKeys.SecretKey.KeyId, ManagedBound(native));
        ICiphertextResidues own = _native.Public.Residues!;
        ICiphertextResidues other = _managed.Public.Residues!;
        var expected = new ulong[other.PolynomialLength];
        var actual = new ulong[own.PolynomialLength];

        own.Primes.Should().Equal(other.Primes);
        for (int prime = 0; prime < own.Primes.Count; prime++)
        {
            for (int c1 = 1; c1 < own.PolynomialCount(native); c1 += 2)
            {
                own.CopyTo(native, c1, prime, actual);
                other.CopyTo(managed, c1, prime, expected);
                actual.AsSpan().SequenceEqual(expected).Should().BeTrue("c1 is transformed in both");
            }
        }
    }

    [Fact]
    public void SumAndProduct_OfSeal_AreReadInManagedCode()
    {
        using EncryptedVector left = Encrypt(VectorForm.Full);
        using EncryptedVector right = Encrypt(VectorForm.Seeded);
        using EncryptedVector sum = _native.Public.Evaluator.Add(left, right);
        using EncryptedVector product = _native.Public.Rescaler!.MultiplyScalar(sum, 0.25);

        using EncryptedVector managed = _exchange.ReadVector(
            FilesOf(product), Length, _managedKeys.SecretKey.KeyId, ManagedBound(product));

        managed.SpentDepth.Should().Be(1);
        ShouldBe([.. _values.Select(value => value / 2)], _managed.CreateDecryptor(_managedKeys.SecretKey), managed);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Vector_OfManagedCode_IsReadBySeal(VectorForm form)
    {
        EncryptionKey key = form == VectorForm.Full ? _managedKeys.PublicKey : _managedKeys.SecretKey;
        using EncryptedVector managed = _managed.CreateEncryptor(key).Encrypt(_values, MaxAbs);

        using SealVector native = ToNative(managed);

        ShouldBe(_values, _native.CreateDecryptor(_nativeKeys.SecretKey), native);
    }

    [Fact]
    public void Federation_OfBoth_AddsUpInSealAndInManagedCode()
    {
        using EncryptedVector ofSeal = Encrypt(VectorForm.Seeded);
        using EncryptedVector ofManagedCode = _managed.CreateEncryptor(_managedKeys.SecretKey).Encrypt(_values, MaxAbs);
        using SealVector received = ToNative(ofManagedCode);
        using EncryptedVector imported = _exchange.ReadVector(
            FilesOf(ofSeal), Length, _managedKeys.SecretKey.KeyId, ManagedBound(ofSeal));

        using EncryptedVector sumInSeal = WeightedSum(_native.Public.Evaluator, ofSeal, received);
        using EncryptedVector sumInManagedCode = WeightedSum(_managed.Public.Evaluator, imported, ofManagedCode);

        double[] expected = [.. _values.Select(value => 107 * value)];
        ShouldBe(expected, _native.CreateDecryptor(_nativeKeys.SecretKey), sumInSeal);
        ShouldBe(expected, _managed.CreateDecryptor(_managedKeys.SecretKey), sumInManagedCode);
    }

    [Fact]
    public void PublicKey_OfSeal_EncryptsInManagedCode()
    {
        byte[] file = BytesOf(_nativeKeys.PublicKey.WriteTo)[WireHeader.SizeInBytes..];

        _exchange.TryReadPublicKey(file, out PublicKey? key, out FormatError reason).Should().BeTrue();

        reason.Should().Be(FormatError.None);
        using EncryptedVector managed = _managed.CreateEncryptor(key!).Encrypt(_values, MaxAbs);
        using SealVector native = ToNative(managed);
        ShouldBe(_values, _native.CreateDecryptor(_nativeKeys.SecretKey), native);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PublicKey_OfManagedCode_EncryptsInSeal(bool isSeeded)
    {
        byte[] file = BytesOf(destination => _exchange.WritePublicKey(_managedKeys.SecretKey, destination));
        byte[] chosen = isSeeded ? file : WithoutSeed(file);

        _native.TryReadPublicKey(Framed(chosen), out PublicKey? key, out FormatError reason).Should().BeTrue();

        reason.Should().Be(FormatError.None);
        BytesOf(key!.WriteTo).Should().Equal(Framed(chosen));
        using EncryptedVector fresh = _native.CreateEncryptor(key).Encrypt(_values, MaxAbs);
        using SealVector vector = Rekeyed((SealVector)fresh);
        ShouldBe(_values, _native.CreateDecryptor(_nativeKeys.SecretKey), vector);
    }

    [Fact]
    public void SecretKey_OfManagedCode_IsTheOneThatSealLoads()
    {
        byte[] file = BytesOf(destination => _exchange.WriteSecretKey(_managedKeys.SecretKey, destination));
        using SecretKeyHandle loaded = _native.Setting.Engine.LoadSecretKey(file);

        using SecretKey key = SealSecretKey.Adopt(
            _native.Setting, _nativeKeys.SecretKey.KeyId, loaded, SecretKeyExportPolicy.Clear);

        BytesOf(key.ExportClear).Should().Equal(BytesOf(_nativeKeys.SecretKey.ExportClear));
    }

    private static byte[] BytesOf(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The native secret key as SEAL saves it.</summary>
    private static byte[] FileOf(SecretKey key)
    {
        byte[] material = BytesOf(key.ExportClear)[(WireHeader.SizeInBytes + KeyId.SizeInBytes)..];
        return BytesOf(destination =>
            SealFiles.TryWriteSecretKey(material, SealParameters.PaperDefault.Encryption, destination).Should().BeTrue());
    }

    private static List<ReadOnlyMemory<byte>> FilesOf(EncryptedVector vector)
        =>
        [
            .. Enumerable.Range(0, vector.CiphertextCount)
                .Select(i => new ReadOnlyMemory<byte>(((SealVector)vector).File(i).ToArray())),
        ];

    private static EncryptedVector WeightedSum(
        IEvaluator evaluator, EncryptedVector left, EncryptedVector right)
    {
        using IAccumulator sum = evaluator.CreateAccumulator(left.Length);
        sum.Add(left, 100);
        sum.Add(right, 7);
        return sum.Complete();
    }

    private static void ShouldBe(double[] expected, IDecryptor decryptor, EncryptedVector vector)
    {
        var actual = new double[vector.Length];
        decryptor.Decrypt(vector, actual);
        for (int i = 0; i < actual.Length; i++)
        {
            actual[i].Should().BeApproximately(expected[i], vector.Bound.ErrorBound);
        }
    }

    private EncryptedVector Encrypt(VectorForm form)
    {
        EncryptionKey key = form == VectorForm.Full ? _nativeKeys.PublicKey : _nativeKeys.SecretKey;
        return _native.CreateEncryptor(key).Encrypt(_values, MaxAbs);
    }

    /// <summary>
    /// What the managed side promises of a vector that SEAL made: never less than it would of its own.
    /// </summary>
    private VectorBound ManagedBound(EncryptedVector native)
    {
        VectorBound least = _managed.Public.FreshBound(native.Bound.MaxAbs, VectorForm.Seeded);
        return native.Bound with
        {
            NoiseMax = Math.Max(native.Bound.NoiseMax, least.NoiseMax),
            NoiseVariance = Math.Max(native.Bound.NoiseVariance, least.NoiseVariance),
        };
    }

    private SealVector ToNative(EncryptedVector managed)
    {
        SealSetting setting = _native.Setting;
        SealFileLayout layout = setting.LayoutOf(VectorForm.Full, setting.PrimeCount);
        var block = new SealBlock(layout.Length, managed.CiphertextCount);
        for (int i = 0; i < managed.CiphertextCount; i++)
        {
            byte[] file = BytesOf(destination => _exchange.WriteCiphertext(managed, i, destination));
            layout.Check(file).Should().Be(FormatError.None);
            file.CopyTo(block.File(i));
        }

        return new SealVector(
            setting,
            _nativeKeys.SecretKey.KeyId,
            managed.Length,
            managed.Bound,
            VectorForm.Full,
            setting.PrimeCount,
            block);
    }

    /// <summary>The same ciphertexts under the name of the native pair, whose secret key is the same.</summary>
    private SealVector Rekeyed(SealVector vector)
    {
        SealSetting setting = _native.Setting;
        var block = new SealBlock(setting.LayoutOf(vector.Form, vector.PrimeCount).Length, vector.CiphertextCount);
        block.Fill(vector.Files);
        return new SealVector(
            setting, _nativeKeys.SecretKey.KeyId, vector.Length, vector.Bound, vector.Form, vector.PrimeCount, block);
    }

    private byte[] Framed(byte[] file) => BytesOf(destination =>
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, _native.ParametersId, file.Length);
        writer.WriteBytes(file);
    });

    private static byte[] WithoutSeed(byte[] file)
    {
        SealEncryptionParameters parameters = SealParameters.PaperDefault.Encryption;
        SealCiphertext.TryReadPublicKey(file, parameters, out SealCiphertext? key, out _).Should().BeTrue();
        return BytesOf(destination => key!.WithoutSeed().WriteTo(destination));
    }
}
