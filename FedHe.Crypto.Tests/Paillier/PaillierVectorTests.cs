using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Paillier;

/// <summary>The bytes of vectors, as docs/wire-format.md describes them, and what readers refuse of them.</summary>
public sealed class PaillierVectorTests : IDisposable
{
    private const int L = 256;
    private const int LengthOffset = WireHeader.SizeInBytes + L + KeyId.SizeInBytes;
    private const int MagnitudeOffset = LengthOffset + sizeof(int);
    private const int RoundingOffset = MagnitudeOffset + sizeof(double);
    private const int CiphertextOffset = RoundingOffset + sizeof(double);

    private static readonly BigInteger P = Number(PaillierKnownAnswer.P);
    private static readonly BigInteger Q = Number(PaillierKnownAnswer.Q);
    private static readonly BigInteger N = P * Q;
    private static readonly PaillierParameters Parameters = PaillierParameters.Create(1000, 16, keyBits: 2048);
    private static readonly double[] Values = [1, -1, 0.25, -0.7, 0];

    private readonly HeContext _context = new PaillierContext(
        Parameters, PaillierOptions.Default, new DeterministicRandomSource(1), new HeContextOptions { MaxDegreeOfParallelism = 1 });

    private readonly PublicKey _publicKey;
    private readonly byte[] _bytes;

    public PaillierVectorTests()
    {
        byte[] key = [.. Header(WireKind.PublicKey, 2 * L), .. Bytes(N, L), .. PaillierKnownAnswer.Generator];
        _context.TryReadPublicKey(key, out PublicKey? publicKey, out _).Should().BeTrue();
        _publicKey = publicKey!;
        using EncryptedVector vector = _context.CreateEncryptor(_publicKey).Encrypt(Values, 1);
        var buffer = new ArrayBufferWriter<byte>();
        vector.WriteTo(buffer);
        _bytes = buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Vector_Written_HasTheBytesOfItsDescription()
    {
        byte[] exponent = new byte[L / 2];
        new DeterministicRandomSource(1).Fill(exponent);
        BigInteger message = 0;
        for (int i = 0; i < Values.Length; i++)
        {
            message += new BigInteger(Math.Round(Values[i] * (1 << 15))) << (Parameters.FieldBits * i);
        }

        BigInteger square = N * N;
        BigInteger random = BigInteger.ModPow(Number(PaillierKnownAnswer.Generator), N * Number(exponent), square);
        BigInteger ciphertext = (1 + ((message.Sign < 0 ? message + N : message) * N)) * random % square;
        byte[] numbers = new byte[sizeof(int) + (2 * sizeof(double))];
        BinaryPrimitives.WriteInt32LittleEndian(numbers, Values.Length);
        BinaryPrimitives.WriteDoubleLittleEndian(numbers.AsSpan(sizeof(int)), 1);
        BinaryPrimitives.WriteDoubleLittleEndian(numbers.AsSpan(sizeof(int) + sizeof(double)), Math.ScaleB(1, -16));
        byte[] fingerprint = SHA256.HashData(PaillierKnownAnswer.Generator)[..KeyId.SizeInBytes];

        _bytes.Should().Equal([
            .. Header(WireKind.EncryptedVector, CiphertextOffset - WireHeader.SizeInBytes + (2 * L)),
            .. Bytes(N, L), .. fingerprint, .. numbers, .. Bytes(ciphertext, 2 * L),
        ]);
        _publicKey.KeyId.Should().Be(new KeyId(SHA256.HashData([.. Bytes(N, L), .. fingerprint]).AsSpan(0, KeyId.SizeInBytes)));
        ReasonToRefuse(_bytes).Should().Be(FormatError.None);
    }

    [Fact]
    public void Vector_WithACiphertextThatIsNoUnit_IsRefused()
    {
        foreach (BigInteger bad in (BigInteger[])[0, P, Q * 12345, N, N * N, (N * N) + 1, (BigInteger.One << 4096) - 1])
        {
            byte[] spoilt = [.. _bytes[..CiphertextOffset], .. Bytes(bad, 2 * L)];

            ReasonToRefuse(spoilt).Should().Be(FormatError.FieldOutOfRange);
        }
    }

    [Fact]
    public void Vector_ChangedSinceItWasChecked_IsRefusedUnlessItsCiphertextsAreInRange()
    {
        BigInteger[] outside = [0, N * N, (N * N) + 1, (BigInteger.One << 4096) - 1];
        foreach (BigInteger bad in outside)
        {
            ReasonToRefuseLater([.. _bytes[..CiphertextOffset], .. Bytes(bad, 2 * L)]).Should().Be(FormatError.FieldOutOfRange);
        }

        foreach (BigInteger inside in (BigInteger[])[1, P, N, (N * N) - 1])
        {
            ReasonToRefuseLater([.. _bytes[..CiphertextOffset], .. Bytes(inside, 2 * L)]).Should().Be(FormatError.None);
        }

        ReasonToRefuseLater(_bytes[..^1]).Should().NotBe(FormatError.None);
        ReasonToRefuseLater(With(MagnitudeOffset, 1000.02)).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Sum_OfAVectorThatBecameNoUnitAfterItsCheck_IsRefusedByItsReaders()
    {
        byte[] changed = [.. _bytes[..CiphertextOffset], .. Bytes(N, 2 * L)];
        _context.Public.Reader.TryReadChecked(changed, WireLimits.Default, out EncryptedVector? bad, out _).Should().BeTrue();
        using EncryptedVector good = _context.Public.Reader.Read(_bytes, WireLimits.Default);
        using EncryptedVector sum = _context.Public.Evaluator.Add(bad!, good);
        bad!.Dispose();
        var written = new ArrayBufferWriter<byte>();
        sum.WriteTo(written);

        ReasonToRefuse(written.WrittenSpan.ToArray()).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Vector_WithAnImpossibleModulus_IsRefused()
    {
        foreach (int offset in (int[])[WireHeader.SizeInBytes, WireHeader.SizeInBytes + L - 1])
        {
            byte[] spoilt = [.. _bytes];
            spoilt[offset] ^= offset == WireHeader.SizeInBytes ? (byte)0x80 : (byte)1;

            ReasonToRefuse(spoilt).Should().Be(FormatError.FieldOutOfRange);
        }
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(0.5)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1e9)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Vector_WhoseRoundingIsThatOfNoWholeWeight_IsRefused(double weight)
        => ReasonToRefuse(With(RoundingOffset, weight * Math.ScaleB(1, -16))).Should().Be(FormatError.FieldOutOfRange);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1000.02)]
    [InlineData(double.PositiveInfinity)]
    public void Vector_WhoseMagnitudeDoesNotFit_IsRefused(double magnitude)
        => ReasonToRefuse(With(MagnitudeOffset, magnitude)).Should().Be(FormatError.FieldOutOfRange);

    [Fact]
    public void Vector_OfAnotherNumberOfCiphertextsThanItsLengthNeeds_IsRefused()
    {
        byte[] spoilt = [.. _bytes];
        BinaryPrimitives.WriteInt32LittleEndian(spoilt.AsSpan(LengthOffset), Parameters.ValuesPerCiphertext + 1);

        ReasonToRefuse(spoilt).Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public void Vectors_UnderTheSameModulusWithAnotherGenerator_DoNotAdd()
    {
        byte[] other = [.. _bytes];
        other[WireHeader.SizeInBytes + L] ^= 1;
        using EncryptedVector left = _context.Public.Reader.Read(_bytes, WireLimits.Default);
        using EncryptedVector right = _context.Public.Reader.Read(other, WireLimits.Default);

        FluentActions.Invoking(() => _context.Public.Evaluator.Add(left, right)).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Readers_UnderMoreModuliThanAreRemembered_StillTellThemApart()
    {
        for (int i = 0; i < 20; i++)
        {
            byte[] other = [.. _bytes];
            other[WireHeader.SizeInBytes + L] ^= (byte)i;
            using EncryptedVector vector = _context.Public.Reader.Read(other, WireLimits.Default);
            (vector.KeyId == _publicKey.KeyId).Should().Be(i == 0);
        }
    }

    private static byte[] Header(WireKind kind, int payload)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new WireWriter(buffer).WriteHeader(kind, Parameters.Id, payload);
        return buffer.WrittenSpan.ToArray();
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number, int length)
    {
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - bytes.Length], .. bytes];
    }

    private byte[] With(int offset, double number)
    {
        byte[] spoilt = [.. _bytes];
        BinaryPrimitives.WriteDoubleLittleEndian(spoilt.AsSpan(offset), number);
        return spoilt;
    }

    private FormatError ReasonToRefuse(byte[] bytes)
    {
        _context.Public.Reader.TryRead(bytes, WireLimits.Default, out EncryptedVector? vector, out FormatError reason);
        vector?.Dispose();
        _context.Public.Reader.TryCheck(bytes, WireLimits.Default, out _, out FormatError reasonOfCheck);
        reasonOfCheck.Should().Be(reason, "checking is as thorough as reading");
        return reason;
    }

    private FormatError ReasonToRefuseLater(byte[] bytes)
    {
        _context.Public.Reader.TryReadChecked(bytes, WireLimits.Default, out EncryptedVector? vector, out FormatError reason);
        vector?.Dispose();
        return reason;
    }
}
