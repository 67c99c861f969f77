using System.Buffers.Binary;
using System.IO.Compression;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Ckks.SealFormat;
using FedHe.TestKit.Hostile;

namespace FedHe.Crypto.Tests.Hostile;

/// <summary>
/// Spoilt SEAL files of every kind are refused with a reason, or read; nothing else happens. The environment variable
/// FEDHE_SOAK_INPUTS sets their number.
/// </summary>
public sealed class SealHostileInputTests : IDisposable
{
    private const int DefaultInputs = 120_000;
    private const int FieldsLength = 160;

    private readonly SealSetting _setting = new(1024, [26], logScale: 14);

    public void Dispose() => _setting.Dispose();

    [Fact]
    public void Files_Unspoilt_AreRead()
        => Targets().Should().OnlyContain(target => target.Read(target.Bytes) == FormatError.None);

    [Fact]
    public void Files_TruncatedOrExtended_AreRefused()
    {
        foreach ((string name, byte[] bytes, Reader read) in Targets())
        {
            foreach (ReadOnlyMemory<byte> prefix in HostileBytes.Truncations(bytes, step: bytes.Length > 1000 ? 37 : 1))
            {
                read(prefix.Span).Should().NotBe(FormatError.None, $"{name} truncated to {prefix.Length}");
            }

            read([.. bytes, 0]).Should().NotBe(FormatError.None, name);
        }
    }

    [Fact]
    public void Files_WithHonestLengthsButLessOrMoreContent_AreRefused()
    {
        foreach ((string name, byte[] bytes, Reader read) in Targets())
        {
            foreach (int change in (int[])[-9, -8, -1, 1, 8])
            {
                byte[] spoilt = change < 0 ? bytes[..^-change] : [.. bytes, .. new byte[change]];
                BinaryPrimitives.WriteInt64LittleEndian(spoilt.AsSpan(8), spoilt.Length);
                read(spoilt).Should().NotBe(FormatError.None, $"{name} changed by {change} bytes");
            }
        }
    }

    [Fact]
    public void Files_WithExtremeNumbersOrFlippedBitsInTheirFields_AreRefusedOrRead()
    {
        foreach ((_, byte[] bytes, Reader read) in Targets())
        {
            foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.ExtremeFields(bytes, FieldsLength))
            {
                read(spoilt.Span);
            }

            foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(bytes, FieldsLength))
            {
                read(spoilt.Span);
            }
        }
    }

    [Fact]
    public void Files_SpoiltAtRandom_AreRefusedOrRead()
    {
        string? setting = Environment.GetEnvironmentVariable("FEDHE_SOAK_INPUTS");
        int inputs = string.IsNullOrEmpty(setting)
            ? DefaultInputs
            : Math.Max(DefaultInputs, int.Parse(setting, System.Globalization.CultureInfo.InvariantCulture));
        var hostile = new HostileBytes(seed: 20261121);
        (string Name, byte[] Bytes, Reader Read)[] targets = [.. Targets()];
        int refused = 0;
        for (int i = 0; i < inputs; i++)
        {
            (string name, byte[] bytes, Reader read) = targets[i % targets.Length];
            try
            {
                refused += read(hostile.Next(bytes)) == FormatError.None ? 0 : 1;
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}, seed {hostile.Seed}, input {i}: {e}");
            }
        }

        refused.Should().BeGreaterThan(inputs / 2).And.BeLessThan(inputs);
    }

    [Fact]
    public void File_ThatInflatesToMoreThanItsObjectHas_IsRefusedWithoutInflatingIt()
    {
        byte[] bomb = Compress(new byte[64 << 20]);
        var guard = AllocationGuard.Start();

        SealCiphertext.TryRead(bomb, _setting.Seal, out _, out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.LimitExceeded);
        guard.ShouldBeAtMost(1 << 20, () => "a bomb of 64 MiB");
    }

    [Theory]
    [InlineData("782000000001")]
    [InlineData("789c")]
    [InlineData("00")]
    [InlineData("789c0000000000000000")]
    public void File_ThatIsNoZlibStreamOrWantsADictionary_IsRefused(string content)
    {
        SealEncryptionParameters.TryRead(Wrap(Convert.FromHexString(content)), out _, out FormatError reason).Should().BeFalse();

        reason.Should().BeOneOf(FormatError.Inconsistent, FormatError.Truncated);
    }

    [Fact]
    public void File_OfEmptyBlocks_IsRefusedByItsLength()
    {
        byte[] blocks = new byte[1 << 20];

        SealEncryptionParameters.TryRead(Wrap(blocks), out _, out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.LimitExceeded);
    }

    private static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(content);
        }

        return Wrap(compressed.ToArray()[..Math.Min(8192, (int)compressed.Length)]);
    }

    private static byte[] Wrap(byte[] content)
    {
        byte[] file = [0x5e, 0xa1, 0x10, 4, 1, 1, 0, 0, .. new byte[8], .. content];
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(8), file.Length);
        return file;
    }

    private IEnumerable<(string Name, byte[] Bytes, Reader Read)> Targets()
    {
        var zlib = new SealWriteOptions { Compression = SealCompression.Zlib, Version = new SealVersion(4, 1) };
        IEncryptor encryptor = _setting.Context.CreateEncryptor(_setting.Keys.PublicKey);
        using EncryptedVector vector = encryptor.Encrypt(SealSetting.Values(512), maxAbs: 1);
        byte[] ciphertext = _setting.Ciphertexts(vector)[0].ToArray();
        byte[] compressed = _setting.Ciphertexts(vector, zlib)[0].ToArray();
        byte[] seeded = SealSetting.Bytes(buffer => Seeded().WriteTo(buffer));
        byte[] plaintext = SealSetting.Bytes(buffer => _setting.Exchange.WritePlaintext(SealSetting.Values(512), 1, buffer));
        SecretKeyExportPolicy none = SecretKeyExportPolicy.None;
        return
        [
            ("parameters", SealSetting.Bytes(buffer => _setting.Seal.WriteTo(buffer)), Parameters),
            ("compressed parameters", SealSetting.Bytes(buffer => _setting.Seal.WriteTo(buffer, zlib)), Parameters),
            ("ciphertext", ciphertext, Vector),
            ("compressed ciphertext", compressed, Vector),
            ("seeded ciphertext", seeded, Vector),
            ("plaintext", plaintext, Plaintext),
            ("secret key", _setting.SecretKey(), SecretKey),
            ("compressed secret key", _setting.SecretKey(zlib), SecretKey),
            ("public key", _setting.PublicKey(), PublicKey),
        ];

        FormatError Parameters(ReadOnlySpan<byte> bytes)
            => SealEncryptionParameters.TryRead(bytes, out _, out FormatError reason) ? FormatError.None : Refused(reason);

        FormatError Vector(ReadOnlySpan<byte> bytes)
        {
            VectorBound bound = _setting.Exchange.FreshBound(1);
            if (!_setting.Exchange.TryReadVector(
                [bytes.ToArray()], 512, _setting.Keys.PublicKey.KeyId, bound, out EncryptedVector? read, out FormatError reason))
            {
                return Refused(reason);
            }

            read.Dispose();
            return FormatError.None;
        }

        FormatError Plaintext(ReadOnlySpan<byte> bytes)
            => _setting.Exchange.TryReadPlaintext(bytes, new double[512], out FormatError reason) ? FormatError.None : Refused(reason);

        FormatError SecretKey(ReadOnlySpan<byte> bytes)
        {
            if (!_setting.Exchange.TryReadSecretKey(bytes, _setting.Keys.PublicKey, none, out SecretKey? key, out FormatError reason))
            {
                return Refused(reason);
            }

            key.Dispose();
            return FormatError.None;
        }

        FormatError PublicKey(ReadOnlySpan<byte> bytes)
            => _setting.Exchange.TryReadPublicKey(bytes, out _, out FormatError reason) ? FormatError.None : Refused(reason);
    }

    private static FormatError Refused(FormatError reason)
    {
        reason.Should().NotBe(FormatError.None, "whatever is refused has a reason");
        return reason;
    }

    /// <summary>A seeded public key under a single prime is a seeded ciphertext of zeros, but for its scale.</summary>
    private SealCiphertext Seeded()
    {
        byte[] publicKey = _setting.PublicKey();
        SealCiphertext.TryReadPublicKey(publicKey, _setting.Seal, out SealCiphertext? key, out _).Should().BeTrue();
        key!.IsSeeded.Should().BeTrue();
        byte[] scaled = [.. publicKey];
        BinaryPrimitives.WriteDoubleLittleEndian(scaled.AsSpan(73), Math.ScaleB(1, 14));
        SealCiphertext.TryRead(scaled, _setting.Seal, out SealCiphertext? ciphertext, out _).Should().BeTrue();
        return ciphertext!;
    }

    private delegate FormatError Reader(ReadOnlySpan<byte> bytes);
}
