using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>
/// Keys that a damaged file or a dishonest authority brings must not be believed. Each attack is first shown to work on a key
/// that was made past the check.
/// </summary>
public sealed class CkksKeyImportTests : IDisposable
{
    private const int Material = WireHeader.SizeInBytes + KeyId.SizeInBytes;
    private const int Degree = 4096;
    private const double Secret = 0.123456789;

    // Two bits a coefficient, each of which holds the coefficient plus one.
    private const byte FourZeros = 0x55;

    private static readonly CkksContext Context = new(
        CkksParameters.Aggregation, new DeterministicRandomSource(12), new HeContextOptions { MaxDegreeOfParallelism = 1 });

    private readonly KeyPair _keys = Context.GenerateKeyPair(SecretKeyExportPolicy.Clear);

    public void Dispose() => _keys.Dispose();

    [Fact]
    public void SecretKey_OfZerosUnderTheRightIdentity_WouldShowTheValueAndIsRefused()
    {
        using var zero = new CkksSecretKey(Context.Ring, _keys.PublicKey.KeyId, new sbyte[Degree], SecretKeyExportPolicy.None);
        ReadFromTheWire(zero).Should().BeApproximately(Secret, 1e-8, "without the check the ciphertext holds the value in clear");

        byte[] bytes = SecretBytes();
        bytes.AsSpan(Material).Fill(FourZeros);

        ReasonOfSecret(bytes).Should().Be(FormatError.FieldOutOfRange);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(682)]
    public void SecretKey_SparseOrConstantOrWithoutOneOfItsDigits_IsRefused(int ones)
    {
        // Fewer than a sixth of the coefficients are 1; then all of them are.
        var sparse = new sbyte[Degree];
        sparse.AsSpan(0, ones).Fill(1);
        sparse.AsSpan(Degree - 1024).Fill(-1);
        var constant = new sbyte[Degree];
        constant.AsSpan().Fill(1);

        foreach (sbyte[] coefficients in (sbyte[][])[sparse, constant])
        {
            using var made = new CkksSecretKey(Context.Ring, _keys.PublicKey.KeyId, coefficients, SecretKeyExportPolicy.Clear);

            ReasonOfSecret(Exported(made)).Should().Be(FormatError.FieldOutOfRange);
        }
    }

    [Fact]
    public void SecretKey_WithASixthOfEachDigit_IsAccepted()
    {
        var coefficients = new sbyte[Degree];
        coefficients.AsSpan(0, 683).Fill(1);
        coefficients.AsSpan(683, 683).Fill(-1);
        using var made = new CkksSecretKey(Context.Ring, _keys.PublicKey.KeyId, coefficients, SecretKeyExportPolicy.Clear);

        ReasonOfSecret(Exported(made)).Should().Be(FormatError.None);
    }

    [Fact]
    public void SecretKey_WithOneDigitChanged_WouldSpoilEveryUploadAndIsNoPairOfThePublicKey()
    {
        byte[] bytes = SecretBytes();
        bytes[Material + 6] = FourZeros;
        bytes.Should().NotEqual(SecretBytes());
        Context.TryImportSecretKey(bytes, SecretKeyExportPolicy.None, out SecretKey? changed, out _).Should().BeTrue("alone it proves nothing");
        var decrypted = new double[Degree];
        using (EncryptedVector upload = Context.CreateEncryptor(changed!).Encrypt([.. Enumerable.Repeat(0.5, Degree)], 1))
        {
            Context.CreateDecryptor(_keys.SecretKey).Decrypt(upload, decrypted);
        }

        decrypted.Max(Math.Abs).Should().BeGreaterThan(1000, "without the check its uploads are noise to all others");

        Context.IsPair(_keys.PublicKey, changed!).Should().BeFalse();
        Context.TryImportKeyPair(PublicBytes(), bytes, SecretKeyExportPolicy.None, out KeyPair? pair, out FormatError reason)
            .Should().BeFalse();
        pair.Should().BeNull();
        reason.Should().Be(FormatError.Inconsistent);
        changed!.Dispose();
    }

    [Fact]
    public void KeyPair_ThatBelongsTogether_IsImported()
    {
        Context.TryImportKeyPair(PublicBytes(), SecretBytes(), SecretKeyExportPolicy.Clear, out KeyPair? pair, out FormatError reason)
            .Should().BeTrue();

        reason.Should().Be(FormatError.None);
        Exported((CkksSecretKey)pair!.SecretKey).Should().Equal(SecretBytes());
        Context.IsPair(pair.PublicKey, _keys.SecretKey).Should().BeTrue();
        pair.Dispose();
    }

    [Fact]
    public void KeyPair_OfTheRightSecretUnderTheIdentityOfAnotherPublicKey_IsNone()
    {
        using KeyPair other = Context.GenerateKeyPair();
        byte[] bytes = SecretBytes();
        other.PublicKey.KeyId.CopyTo(bytes.AsSpan(WireHeader.SizeInBytes));
        Context.TryImportSecretKey(bytes, SecretKeyExportPolicy.None, out SecretKey? relabelled, out _).Should().BeTrue();

        Context.IsPair(other.PublicKey, relabelled!).Should().BeFalse("b + a*s is not small");
        Context.IsPair(_keys.PublicKey, relabelled!).Should().BeFalse("the identity is another key's");
        relabelled!.Dispose();
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(2, 2, false)]
    [InlineData(3, 22, false)]
    [InlineData(3, -22, false)]
    [InlineData(3, 127, false)]
    [InlineData(3, 21, true)]
    [InlineData(3, -21, true)]
    public void KeyPair_WhosePublicKeyHasALargerErrorOrHardlyAny_IsNone(int usual, int once, bool isPair)
    {
        // b = -(a*s + e): with e = 0 the public key gives the secret away, and no honest error is above 21.
        var errors = new sbyte[Degree];
        for (int i = 0; i < Degree; i++)
        {
            errors[i] = (sbyte)((i & 1) == 0 ? usual : -usual);
        }

        errors[17] = (sbyte)once;
        byte[] forged = PublicKeyWithError(errors);
        Context.TryReadPublicKey(forged, out PublicKey? publicKey, out _).Should().BeTrue("b looks random without the secret key");
        using var secret = new CkksSecretKey(
            Context.Ring, publicKey!.KeyId, ((CkksSecretKey)_keys.SecretKey).Coefficients, SecretKeyExportPolicy.None);

        Context.IsPair(publicKey, secret).Should().Be(isPair);
    }

    [Theory]
    [InlineData("zero")]
    [InlineData("constant")]
    [InlineData("small")]
    [InlineData("monomial")]
    public void PublicKey_ThatHidesNothing_IsRefused(string kind)
    {
        ulong modulus = Context.Ring.Parameters.Moduli[0];
        var trivial = new ulong[Degree];
        switch (kind)
        {
            case "constant":
                trivial.AsSpan().Fill(modulus / 2);
                break;
            case "small":
                PolynomialKernel.Default.AddSmallSigned(trivial, ((CkksSecretKey)_keys.SecretKey).Coefficients, modulus);
                Context.Ring.Transforms[0].Forward(trivial);
                break;
            case "monomial":
                trivial[5] = modulus / 2;
                Context.Ring.Transforms[0].Forward(trivial);
                break;
        }

        var honest = (CkksPublicKey)_keys.PublicKey;
        ReasonOfPublic(Explicit(trivial, honest.A.Limb(0).Values)).Should().Be(FormatError.FieldOutOfRange);
        ReasonOfPublic(Explicit(honest.B.Limb(0).Values, trivial)).Should().Be(FormatError.FieldOutOfRange);
        ReasonOfPublic(Explicit(honest.B.Limb(0).Values, honest.A.Limb(0).Values)).Should().Be(FormatError.None);
    }

    [Fact]
    public void PublicKey_WithAResidueThatIsNotBelowItsModulus_IsRefused()
    {
        var honest = (CkksPublicKey)_keys.PublicKey;
        ulong[] outside = honest.A.Limb(0).Values.ToArray();
        outside[100] = Context.Ring.Parameters.Moduli[0];

        ReasonOfPublic(Explicit(honest.B.Limb(0).Values, outside)).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Keys_MadeHonestly_PassEveryCheckInTheSmallestRing()
    {
        var context = new CkksContext(
            CkksParameters.Create(new CkksParametersLiteral { Degree = 1024, LogModuli = [26], LogScale = 14 }),
            new DeterministicRandomSource(13));
        for (int i = 0; i < 200; i++)
        {
            using KeyPair keys = context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
            byte[] publicKey = BytesOf(keys.PublicKey.WriteTo);
            byte[] secretKey = BytesOf(keys.SecretKey.ExportClear);

            context.TryImportKeyPair(publicKey, secretKey, SecretKeyExportPolicy.None, out KeyPair? pair, out _).Should().BeTrue();
            pair!.Dispose();
        }
    }

    private static double ReadFromTheWire(SecretKey key)
    {
        using var vector = (CkksVector)Context.CreateEncryptor(key).Encrypt([Secret], 1);
        return vector.Limb(ciphertext: 0, polynomial: 0, limb: 0)[0] / Math.ScaleB(1, 32);
    }

    private static byte[] Exported(CkksSecretKey key) => BytesOf(key.ExportClear);

    private static byte[] Explicit(ReadOnlySpan<ulong> b, ReadOnlySpan<ulong> a)
    {
        int width = CkksParameters.WidthOf(Context.Ring.Parameters.Moduli[0]);
        int length = BitPackingKernel.PackedLength(Degree, width);
        byte[] payload = new byte[2 * length];
        BitPackingKernel.Default.Pack(b, width, payload.AsSpan(0, length));
        BitPackingKernel.Default.Pack(a, width, payload.AsSpan(length));
        return Framed(payload);
    }

    private static byte[] Framed(byte[] payload) => BytesOf(destination =>
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, Context.ParametersId, payload.Length);
        writer.WriteBytes(payload);
    });

    private static byte[] BytesOf(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static FormatError ReasonOfSecret(byte[] bytes)
    {
        Context.TryImportSecretKey(bytes, SecretKeyExportPolicy.None, out SecretKey? key, out FormatError reason);
        key?.Dispose();
        return reason;
    }

    private static FormatError ReasonOfPublic(byte[] bytes)
    {
        Context.TryReadPublicKey(bytes, out _, out FormatError reason);
        return reason;
    }

    private byte[] PublicKeyWithError(sbyte[] errors)
    {
        var honest = (CkksPublicKey)_keys.PublicKey;
        ulong modulus = Context.Ring.Parameters.Moduli[0];
        var b = new ulong[Degree];
        PolynomialKernel.Default.AddSmallSigned(b, errors, modulus);
        Context.Ring.Transforms[0].Forward(b);
        var product = new ulong[Degree];
        PolynomialKernel.Default.Multiply(
            honest.A.Limb(0).Values, ((CkksSecretKey)_keys.SecretKey).Transformed.Limb(0), product, modulus);
        PolynomialKernel.Default.Add(b, product, modulus);
        PolynomialKernel.Default.SubtractFrom(new ulong[Degree], b, modulus);
        return Explicit(b, honest.A.Limb(0).Values);
    }

    private byte[] PublicBytes() => BytesOf(_keys.PublicKey.WriteTo);

    private byte[] SecretBytes() => BytesOf(_keys.SecretKey.ExportClear);
}
