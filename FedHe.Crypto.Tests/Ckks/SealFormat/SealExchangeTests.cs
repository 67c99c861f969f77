using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.SealFormat;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Hostile;

namespace FedHe.Crypto.Tests.Ckks.SealFormat;

public sealed class SealExchangeTests
{
    public static TheoryData<int, int[], int, int, CkksPacking> Settings { get; } = new()
    {
        { 2048, [50], 30, 0, CkksPacking.Slots },
        { 4096, [50, 50], 32, 0, CkksPacking.Slots },
        { 4096, [50, 50], 32, 0, CkksPacking.Coefficients },
        { 8192, [50, 50, 50, 50], 52, 1, CkksPacking.Slots },
        { 16384, [50, 45, 40, 50], 45, 1, CkksPacking.Slots },
    };

    public static TheoryData<string, SealCompression> Formats { get; } = new()
    {
        { "3.6", SealCompression.None },
        { "3.7", SealCompression.None },
        { "3.7", SealCompression.Zlib },
        { "4.4", SealCompression.None },
        { "4.1", SealCompression.Zlib },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Vectors_OfEitherKindOfKey_ComeBackWithTheirValues(
        int degree, int[] bitSizes, int logScale, int depth, CkksPacking packing)
    {
        using var setting = new SealSetting(degree, bitSizes, logScale, depth, packing);
        double[] values = SealSetting.Values((2 * setting.Parameters.ValuesPerCiphertext) + 3);
        foreach (EncryptionKey key in (EncryptionKey[])[setting.Keys.SecretKey, setting.Keys.PublicKey])
        {
            using EncryptedVector vector = setting.Context.CreateEncryptor(key).Encrypt(values, maxAbs: 1);
            using EncryptedVector read = setting.Exchange.ReadVector(
                setting.Ciphertexts(vector), values.Length, vector.KeyId, setting.Exchange.FreshBound(1));

            read.Form.Should().Be(VectorForm.Full);
            setting.Decrypt(read).Should().Equal(setting.Decrypt(vector), "the polynomials are the same");
        }
    }

    [Fact]
    public void Vector_AfterARescale_ComesBackAtItsLevel()
    {
        using var setting = new SealSetting(8192, [50, 50, 50, 50], logScale: 40, depth: 1);
        double[] values = SealSetting.Values(100);
        using EncryptedVector vector = setting.Context.CreateEncryptor(setting.Keys.SecretKey).Encrypt(values, maxAbs: 1);
        using EncryptedVector scaled = setting.Context.Public.Rescaler!.MultiplyScalar(vector, 0.375);
        using EncryptedVector read = setting.Exchange.ReadVector(setting.Ciphertexts(scaled), 100, vector.KeyId, scaled.Bound);

        read.SpentDepth.Should().Be(1);
        setting.Decrypt(read).Should().Equal(setting.Decrypt(scaled));
    }

    [Fact]
    public void Sum_OfSeededVectors_IsWrittenWithItsSecondPolynomial()
    {
        using var setting = new SealSetting(4096, [50, 50], logScale: 32);
        double[] values = SealSetting.Values(50);
        IEncryptor encryptor = setting.Context.CreateEncryptor(setting.Keys.SecretKey);
        using IAccumulator sum = setting.Context.Public.Evaluator.CreateAccumulator(50);
        using EncryptedVector first = encryptor.Encrypt(values, maxAbs: 1);
        using EncryptedVector second = encryptor.Encrypt(values, maxAbs: 1);
        sum.Add(first, 3);
        sum.Add(second, 4);
        using EncryptedVector total = sum.Complete();
        total.Form.Should().Be(VectorForm.SeedList);
        VectorBound bound = setting.Exchange.FreshBound(1);
        using EncryptedVector read = setting.Exchange.ReadVector(
            setting.Ciphertexts(total), 50, total.KeyId, bound.Scale(3).Add(bound.Scale(4)));

        setting.Decrypt(read).Should().Equal(setting.Decrypt(total));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Objects_InEveryFormat_AreRead(string version, SealCompression compression)
    {
        using var setting = new SealSetting(2048, [50], logScale: 30);
        var named = new SealVersion((byte)(version[0] - '0'), (byte)(version[2] - '0'));
        var options = new SealWriteOptions { Version = named, Compression = compression };
        double[] values = SealSetting.Values(10);
        using EncryptedVector vector = setting.Context.CreateEncryptor(setting.Keys.SecretKey).Encrypt(values, maxAbs: 1);
        byte[] plaintext = SealSetting.Bytes(buffer => setting.Exchange.WritePlaintext(values, 1, buffer, options));
        var decoded = new double[10];

        setting.Exchange.TryReadPlaintext(plaintext, decoded, out _).Should().BeTrue();
        decoded.Zip(values).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) <= vector.Bound.Rounding);
        setting.Exchange.TryReadKeyPair(setting.SecretKey(options), SecretKeyExportPolicy.None, out KeyPair? keys, out _).Should().BeTrue();
        keys!.Dispose();
        setting.Exchange.TryReadPublicKey(setting.PublicKey(options), out _, out _).Should().BeTrue();
        setting.Exchange.ReadVector(setting.Ciphertexts(vector, options), 10, vector.KeyId, setting.Exchange.FreshBound(1)).Dispose();
    }

    [Fact]
    public void Keys_ThatWentThroughSeal_EncryptAndDecryptAsBefore()
    {
        using var setting = new SealSetting(4096, [50, 50], logScale: 32);
        double[] values = SealSetting.Values(100);
        setting.Exchange.TryReadPublicKey(setting.PublicKey(), out PublicKey? publicKey, out _).Should().BeTrue();
        setting.Exchange.TryReadSecretKey(
            setting.SecretKey(), publicKey!, SecretKeyExportPolicy.None, out SecretKey? secretKey, out _).Should().BeTrue();
        using EncryptedVector vector = setting.Context.CreateEncryptor(publicKey!).Encrypt(values, maxAbs: 1);
        var decrypted = new double[100];
        setting.Context.CreateDecryptor(secretKey!).Decrypt(vector, decrypted);

        decrypted.Zip(values).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) <= vector.Bound.ErrorBound);
        secretKey!.KeyId.Should().Be(publicKey!.KeyId);
        secretKey.Dispose();
    }

    [Fact]
    public void PublicKey_ThatCameFromSeal_GoesThroughTheWireFormat()
    {
        using var setting = new SealSetting(4096, [50, 50], logScale: 32);
        setting.Exchange.TryReadPublicKey(setting.PublicKey(), out PublicKey? publicKey, out _).Should().BeTrue();
        byte[] bytes = SealSetting.Bytes(publicKey!.WriteTo);

        bytes.Should().HaveCount(publicKey.EncodedLength);
        setting.Context.TryReadPublicKey(bytes, out PublicKey? read, out _).Should().BeTrue();
        read!.KeyId.Should().Be(publicKey.KeyId);
        SealSetting.Bytes(read.WriteTo).Should().Equal(bytes);
        foreach (ReadOnlyMemory<byte> prefix in HostileBytes.Truncations(bytes, step: 997))
        {
            setting.Context.TryReadPublicKey(prefix.Span, out _, out FormatError reason).Should().BeFalse();
            reason.Should().NotBe(FormatError.None);
        }
    }

    [Fact]
    public void SecretKey_OfAnotherPair_IsRefused()
    {
        using var setting = new SealSetting(2048, [50], logScale: 30);
        using KeyPair other = setting.Context.GenerateKeyPair();

        setting.Exchange.TryReadSecretKey(
            setting.SecretKey(), other.PublicKey, SecretKeyExportPolicy.None, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.Inconsistent);
        setting.Exchange.TryReadSecretKey(
            setting.SecretKey(), setting.Keys.PublicKey, SecretKeyExportPolicy.None, out SecretKey? own, out _).Should().BeTrue();
        own!.Dispose();
    }

    [Fact]
    public void SecretKey_ThatMayNotBeExported_IsNotWritten()
    {
        using var setting = new SealSetting(2048, [50], logScale: 30);
        using KeyPair keys = setting.Context.GenerateKeyPair(SecretKeyExportPolicy.PasswordProtected);

        Action write = () => SealSetting.Bytes(buffer => setting.Exchange.WriteSecretKey(keys.SecretKey, buffer));

        write.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void SecretKey_ThatIsNotSmall_IsRefused()
    {
        using var setting = new SealSetting(2048, [50], logScale: 30);
        byte[] bytes = setting.SecretKey();
        bytes[^8] ^= 1;

        setting.Exchange.TryReadKeyPair(bytes, SecretKeyExportPolicy.None, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Parameters_OfThePaper_GetASpecialPrimeOfTheirSize()
    {
        SealEncryptionParameters seal = SealEncryptionParameters.Of(CkksParameters.PaperDefault);

        seal.CoeffModulus.Should().HaveCount(4).And.StartWith(CkksParameters.PaperDefault.Moduli);
        seal.CoeffModulus[3].Should().Be(0x3ffffffe94001);
        seal.ToCkksParameters(52, depth: 1).Id.Should().Be(CkksParameters.PaperDefault.Id);
        SealEncryptionParameters.Of(CkksParameters.Aggregation).CoeffModulus.Should().Equal(CkksParameters.Aggregation.Moduli);
    }

    [Theory]
    [InlineData(new[] { 60, 40, 40 }, ParameterError.ModulusSizeNotSupported)]
    [InlineData(new[] { 50, 40, 40, 60 }, ParameterError.ModulusSizeNotSupported)]
    [InlineData(new[] { 50, 50, 50, 50, 50 }, ParameterError.SecurityBelowRequired)]
    public void Parameters_ThatFedHeCannotExpress_AreRefusedWithAReason(int[] bitSizes, ParameterError expected)
    {
        SealEncryptionParameters seal = SealEncryptionParameters.Create(8192, [.. bitSizes]);

        Action express = () => seal.ToCkksParameters(40);

        express.Should().Throw<HeParameterException>().Which.Error.Should().Be(expected);
    }

    [Fact]
    public void Parameters_OfExactIntegers_HaveNoSealParameters()
    {
        Action express = () => SealEncryptionParameters.Of(CkksParameters.ForExactIntegers(16, largestTotalWeight: 100));

        express.Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.PackingNotSupported);
    }

    [Fact]
    public void Exchange_BetweenDifferentPrimes_IsRefused()
    {
        using HeContext context = new CkksScheme().CreateContext(CkksParameters.PaperDefault);

        Action join = () => _ = new SealExchange(context, SealEncryptionParameters.Create(8192, [50, 50, 50]));

        join.Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Vector_OfTheWrongScaleLevelOrCount_IsRefused()
    {
        using var setting = new SealSetting(8192, [50, 50, 50], logScale: 40);
        using var finer = new SealSetting(8192, [50, 50, 50], logScale: 41);
        using EncryptedVector vector = setting.Context.CreateEncryptor(setting.Keys.SecretKey).Encrypt(SealSetting.Values(10), maxAbs: 1);
        ReadOnlyMemory<byte>[] ciphertexts = setting.Ciphertexts(vector);
        VectorBound bound = finer.Exchange.FreshBound(1);

        finer.Exchange.TryReadVector(ciphertexts, 10, vector.KeyId, bound, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange, "the scale is not the expected one");
        setting.Exchange.TryReadVector(ciphertexts, 5000, vector.KeyId, bound, out _, out reason).Should().BeFalse();
        reason.Should().Be(FormatError.Inconsistent, "5,000 values are two ciphertexts");
        Action lie = () => setting.Exchange.TryReadVector(ciphertexts, 10, vector.KeyId, new VectorBound(1, 0, 0, 0), out _, out _);
        lie.Should().Throw<ArgumentOutOfRangeException>("no fresh vector is without noise");
    }

    [Fact]
    public void Encryptor_ThatAsksAnotherProgram_GivesWhatThatEncrypted()
    {
        using var setting = new SealSetting(4096, [50, 50], logScale: 32);
        IEncryptor own = setting.Context.CreateEncryptor(setting.Keys.SecretKey);
        var lengths = new List<int>();
        IEncryptor encryptor = setting.Exchange.CreateEncryptor(own.KeyId, values =>
        {
            lengths.Add(values.Length);
            using EncryptedVector vector = own.Encrypt(values, maxAbs: 1);
            return setting.Ciphertexts(vector)[0];
        });
        double[] values = SealSetting.Values(5000);
        using EncryptedVector doubles = encryptor.Encrypt(values, maxAbs: 1);
        using EncryptedVector floats = encryptor.Encrypt(values.Select(value => (float)value).ToArray(), maxAbs: 1);

        lengths.Should().Equal(2048, 2048, 904, 2048, 2048, 904);
        doubles.Bound.Should().Be(encryptor.FreshBound(1));
        setting.Decrypt(doubles).Zip(values)
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) <= doubles.Bound.ErrorBound);
        setting.Decrypt(floats).Zip(values)
            .Should().OnlyContain(pair => Math.Abs(pair.First - (float)pair.Second) <= doubles.Bound.ErrorBound);
        Action wrong = () => encryptor.Encrypt([2.0], maxAbs: 1);
        wrong.Should().Throw<HeValueException>();
        Action nonsense = () => setting.Exchange.CreateEncryptor(own.KeyId, _ => new byte[100]).Encrypt(values, maxAbs: 1);
        nonsense.Should().Throw<HeFormatException>().Which.Error.Should().Be(FormatError.BadMagic);
    }

    [Fact]
    public void Ciphertext_WithItsMessageInClear_IsRefused()
    {
        using var setting = new SealSetting(2048, [50], logScale: 30);
        using EncryptedVector vector = setting.Context.CreateEncryptor(setting.Keys.SecretKey).Encrypt(SealSetting.Values(10), maxAbs: 1);
        byte[] transparent = setting.Ciphertexts(vector)[0].ToArray();
        transparent.AsSpan(^(2048 * sizeof(ulong))..).Clear();

        SealCiphertext.TryRead(transparent, setting.Seal, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Files_ThatAreCompressedInOtherWays_AreRefusedWithAClearMessage()
    {
        using var setting = new SealSetting(2048, [50], logScale: 30);
        byte[] bytes = setting.SecretKey();
        bytes[5] = 2;

        setting.Exchange.TryReadKeyPair(bytes, SecretKeyExportPolicy.None, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.UnsupportedCompression);
        new HeFormatException(reason, "SEAL secret key").Message.Should().Contain("Zstandard").And.Contain("zlib");
    }
}
