using System.Buffers;
using System.Numerics;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Primes;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Paillier;

public sealed class PaillierKeyTests : IDisposable
{
    private const int ModulusLength = 256;
    private const int PrimeLength = ModulusLength / 2;
    private const int Start = WireHeader.SizeInBytes;

    private static readonly HeContext Context = SchemeRegistry.Paillier.Context;

    private readonly KeyPair _keys = Context.GenerateKeyPair(SecretKeyExportPolicy.Clear);

    public void Dispose() => _keys.Dispose();

    [Fact]
    public void SecretKey_Generated_HasThePrimesThatTheSchemeNeeds()
    {
        byte[] bytes = SecretBytes();
        BigInteger p = Number(bytes.AsSpan(Start + KeyId.SizeInBytes, PrimeLength));
        BigInteger q = Number(bytes.AsSpan(Start + KeyId.SizeInBytes + PrimeLength, PrimeLength));

        foreach (BigInteger prime in (BigInteger[])[p, q])
        {
            (prime % 4).Should().Be(3);
            VariableTimeNumberTheory.IsPrime(prime, RandomSource.System).Should().BeTrue();
        }

        BigInteger.GreatestCommonDivisor(p - 1, q - 1).Should().Be(2);
        (p * q).GetBitLength().Should().Be(2048);
        Number(PublicBytes().AsSpan(Start, ModulusLength)).Should().Be(p * q);
        BigInteger.Abs(p - q).GetBitLength().Should().BeGreaterThan(1024 - 100);
    }

    [Fact]
    public void KeyPair_WhosePublicKeyFails_LeavesNoPrimes()
    {
        var parameters = PaillierParameters.Create(1000, 16, keyBits: 2048);
        using PaillierPrimes primes = PaillierPrimes.TryReadInVariableTime(
            PaillierKnownAnswer.P, PaillierKnownAnswer.Q, parameters.KeyBits, RandomSource.System)!;
        var keys = new PaillierKeyFactory(parameters, new PaillierModulusCache(parameters), new FailingSource());

        keys.Invoking(factory => factory.Generate(primes, SecretKeyExportPolicy.None)).Should().Throw<InvalidOperationException>();

        primes.P.IndexOfAnyExcept((byte)0).Should().Be(-1);
        primes.Q.IndexOfAnyExcept((byte)0).Should().Be(-1);
    }

    [Fact]
    public void PublicKey_WithAnImpossibleModulusOrGenerator_IsRefused()
    {
        byte[] bytes = PublicBytes();
        BigInteger n = Number(bytes.AsSpan(Start, ModulusLength));
        BigInteger root = (BigInteger.One << 1024) - 105;
        (BigInteger Modulus, BigInteger Generator)[] impossible =
        [
            (n - 1, 4), (n >> 1, 4), (root * root, 4), (4093 * ((n / 4093) | 1), 4),
            (n, 0), (n, 1), (n, n - 1), (n, n), (n, n + 1), (n, (BigInteger.One << 2048) - 1), (n, PrimeOf()), (n, 3 * PrimeOf()),
        ];

        foreach ((BigInteger modulus, BigInteger generator) in impossible)
        {
            byte[] spoilt = [.. bytes[..Start], .. Bytes(modulus), .. Bytes(generator)];

            Context.TryReadPublicKey(spoilt, out PublicKey? key, out FormatError reason).Should().BeFalse();

            key.Should().BeNull();
            reason.Should().Be(FormatError.FieldOutOfRange);
        }
    }

    [Fact]
    public void PublicKey_WithAnotherGenerator_IsAnotherKey()
    {
        byte[] bytes = PublicBytes();
        bytes[^1] ^= 2;

        Context.TryReadPublicKey(bytes, out PublicKey? key, out _).Should().BeTrue();

        key!.KeyId.Should().NotBe(_keys.PublicKey.KeyId, "whoever chooses h must not pass for the key's owner");
    }

    [Fact]
    public void SecretKey_OfAnotherIdentityOrOtherPrimes_IsRefused()
    {
        byte[] bytes = SecretBytes();
        int primes = Start + KeyId.SizeInBytes;
        byte[] otherIdentity = [.. bytes];
        otherIdentity[Start] ^= 1;
        byte[] otherPrime = [.. bytes];
        otherPrime[primes + PrimeLength - 1] ^= 4;
        byte[] otherGenerator = [.. bytes];
        otherGenerator[^1] ^= 2;

        foreach (byte[] spoilt in (byte[][])[otherIdentity, otherPrime, otherGenerator])
        {
            Context.TryImportSecretKey(spoilt, SecretKeyExportPolicy.None, out SecretKey? key, out FormatError reason).Should().BeFalse();
            key.Should().BeNull();
            reason.Should().BeOneOf(FormatError.Inconsistent, FormatError.FieldOutOfRange);
        }
    }

    [Fact]
    public void SecretKey_WhosePrimesAreNone_IsRefusedThoughItsIdentityIsRight()
    {
        // The identity of n and h, and factors of n that are not prime: 3 modulo 4, the right length, and a common factor of 2.
        byte[] secret = SecretBytes();
        BigInteger p = Number(secret.AsSpan(Start + KeyId.SizeInBytes, PrimeLength));
        BigInteger composite = Composite();
        byte[] payload = [.. Bytes(p * composite), .. Bytes(4)];
        byte[] publicBytes = [.. PublicBytes()[..Start], .. payload];
        Context.TryReadPublicKey(publicBytes, out PublicKey? publicKey, out _).Should().BeTrue();
        byte[] identity = new byte[KeyId.SizeInBytes];
        publicKey!.KeyId.CopyTo(identity);
        byte[] forged = [.. secret[..Start], .. identity, .. Bytes(p, PrimeLength), .. Bytes(composite, PrimeLength), .. Bytes(4)];

        Context.TryImportSecretKey(forged, SecretKeyExportPolicy.None, out _, out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public void PublicKey_WhoseGeneratorHasATinyOrder_WouldRepeatCiphertextsAndIsRefused()
    {
        // Whoever knows p and q can make h = 1 modulo p and -1 modulo q, of order 2: ciphertexts then have two kinds of randomness.
        BigInteger p = PrimeOf();
        BigInteger n = Number(PublicBytes().AsSpan(Start, ModulusLength));
        BigInteger q = n / p;
        BigInteger ofOrderTwo = (1 + (p * BigInteger.ModPow(p, q - 2, q) * (q - 2))) % n;
        BigInteger.ModPow(ofOrderTwo, 2, n).Should().Be(BigInteger.One);
        BigInteger tinyModuloP = (ofOrderTwo + (p * 4)) % n;
        BigInteger.ModPow(tinyModuloP, 2, n).Should().NotBe(BigInteger.One, "it is tiny modulo one prime only");

        foreach (BigInteger generator in (BigInteger[])[ofOrderTwo, n - ofOrderTwo, tinyModuloP])
        {
            byte[] spoilt = [.. PublicBytes()[..Start], .. Bytes(n), .. Bytes(generator)];

            Context.TryReadPublicKey(spoilt, out _, out FormatError reason).Should().BeFalse();

            reason.Should().Be(FormatError.FieldOutOfRange);
        }
    }

    [Fact]
    public void SecretKey_WhoseGeneratorIsNoNegatedSquare_IsRefusedThoughItsIdentityIsRight()
    {
        // x^2 itself, and numbers that are -x^2 modulo one prime only: 4 is a square, and -1 is none modulo p and q.
        BigInteger p = PrimeOf();
        BigInteger n = Number(PublicBytes().AsSpan(Start, ModulusLength));
        BigInteger q = n / p;
        BigInteger ofOrderTwo = (1 + (p * BigInteger.ModPow(p, q - 2, q) * (q - 2))) % n;
        foreach (BigInteger generator in (BigInteger[])[4, 4 * ofOrderTwo % n, n - (4 * ofOrderTwo % n)])
        {
            ReasonOf(generator).Should().Be(FormatError.Inconsistent);
        }

        ReasonOf(n - 4).Should().Be(FormatError.None);

        FormatError ReasonOf(BigInteger generator)
        {
            byte[] publicBytes = [.. PublicBytes()[..Start], .. Bytes(n), .. Bytes(generator)];
            Context.TryReadPublicKey(publicBytes, out PublicKey? publicKey, out _).Should().BeTrue("the public key alone does not tell");
            byte[] identity = new byte[KeyId.SizeInBytes];
            publicKey!.KeyId.CopyTo(identity);
            byte[] forged = [.. SecretBytes()[..Start], .. identity, .. Bytes(p, PrimeLength), .. Bytes(q, PrimeLength), .. Bytes(generator)];
            Context.TryImportSecretKey(forged, SecretKeyExportPolicy.None, out SecretKey? key, out FormatError reason);
            key?.Dispose();
            return reason;
        }
    }

    [Fact]
    public void KeyPair_OfTwoPairs_IsRefused()
    {
        using KeyPair other = Context.GenerateKeyPair();
        var otherPublic = new ArrayBufferWriter<byte>();
        other.PublicKey.WriteTo(otherPublic);

        Context.TryImportKeyPair(otherPublic.WrittenSpan, SecretBytes(), SecretKeyExportPolicy.None, out _, out FormatError reason)
            .Should().BeFalse();

        reason.Should().Be(FormatError.Inconsistent);
        Context.IsPair(_keys.PublicKey, _keys.SecretKey).Should().BeTrue();
    }

    [Fact]
    public void PrimeNumbers_OfKnownKinds_AreTold()
    {
        BigInteger prime = (BigInteger.One << 521) - 1;
        VariableTimeNumberTheory.IsPrime(prime, RandomSource.System).Should().BeTrue();
        VariableTimeNumberTheory.IsPrime(prime * ((BigInteger.One << 127) - 1), RandomSource.System).Should().BeFalse();
        VariableTimeNumberTheory.IsPrime(BigInteger.Parse("3825123056546413051", System.Globalization.CultureInfo.InvariantCulture), RandomSource.System)
            .Should().BeFalse("it passes the test to the bases 2 to 23");
        VariableTimeNumberTheory.IsSquare(prime * prime).Should().BeTrue();
        VariableTimeNumberTheory.IsSquare((prime * prime) + 1).Should().BeFalse();
        VariableTimeNumberTheory.IsSquare((prime * prime) - 1).Should().BeFalse();
        VariableTimeNumberTheory.HasSmallFactor(prime * 4093).Should().BeTrue();
        VariableTimeNumberTheory.HasSmallFactor(prime * 2).Should().BeTrue();
        VariableTimeNumberTheory.HasSmallFactor(prime).Should().BeFalse();
    }

    [Fact]
    public void KeyPair_Of3072Bits_EncryptsAddsAndDecrypts()
    {
        using HeContext context = new PaillierScheme().CreateContext(PaillierParameters.Create(10));
        using KeyPair keys = context.GenerateKeyPair();
        double[] values = [.. Enumerable.Range(0, context.Parameters.ValuesPerCiphertext + 1).Select(i => Math.Cos(i))];
        using EncryptedVector left = context.CreateEncryptor(keys.PublicKey).Encrypt(values, 1);
        using EncryptedVector right = context.CreateEncryptor(keys.SecretKey).Encrypt(values, 1);
        using EncryptedVector sum = context.Public.Evaluator.Add(left, right);

        var decrypted = new double[values.Length];
        context.CreateDecryptor(keys.SecretKey).Decrypt(sum, decrypted);

        double scale = Math.ScaleB(1, 23);
        decrypted.Should().Equal(values.Select(value => 2 * Math.Round(value * scale) / scale));
    }

    private static BigInteger Composite()
    {
        // Two primes of 512 bits whose product has its two highest bits set and is 3 modulo 4.
        BigInteger first = NextPrime((BigInteger.One << 512) - 12345, remainder: 1);
        BigInteger second = NextPrime((BigInteger.One << 512) - 1234567, remainder: 3);
        return first * second;
    }

    private static BigInteger NextPrime(BigInteger from, int remainder)
    {
        BigInteger candidate = from - (from % 4) + remainder;
        while (!VariableTimeNumberTheory.IsPrime(candidate, RandomSource.System))
        {
            candidate -= 4;
        }

        return candidate;
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number, int length = ModulusLength)
    {
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - bytes.Length], .. bytes];
    }

    private sealed class FailingSource : RandomSource
    {
        public override void Fill(Span<byte> destination) => throw new InvalidOperationException("no randomness");
    }

    private BigInteger PrimeOf() => Number(SecretBytes().AsSpan(Start + KeyId.SizeInBytes, PrimeLength));

    private byte[] PublicBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        _keys.PublicKey.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private byte[] SecretBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        _keys.SecretKey.ExportClear(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
