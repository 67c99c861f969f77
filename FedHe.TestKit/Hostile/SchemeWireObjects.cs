using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Numerics;
using FedHe.TestKit.Schemes;

namespace FedHe.TestKit.Hostile;

/// <summary>The wire objects of a scheme stand ready to be attacked.</summary>
/// <remarks>An object that a parser accepts must be canonical and harmless.</remarks>
public sealed class SchemeWireObjects : IDisposable
{
    /// <summary>The password of <see cref="ProtectedSecretKey"/>.</summary>
    private const string Password = "correct horse battery staple";

    // Exceptions with their stack traces, and whatever a parser needs besides the object.
    private const long Margin = 64 * 1024;

    private readonly SchemeUnderTest _subject;
    private readonly KeyPair _keys;
    private readonly EncryptedVector _honest;
    private readonly WireLimits _limits;
    private int _accepted;

    /// <summary>Makes objects around vectors of a few values.</summary>
    public SchemeWireObjects(SchemeUnderTest subject, int length)
    {
        _subject = subject;
        Context = subject.Scheme.CreateContext(subject.Parameters);
        _keys = Context.GenerateKeyPair(SecretKeyExportPolicy.Clear | SecretKeyExportPolicy.PasswordProtected);
        double[] values = TestVectors.Create(length, ValuePattern.Uniform, 1, new Random(1));
        _honest = Context.CreateEncryptor(_keys.PublicKey).Encrypt(values, 1);
        using EncryptedVector seeded = Context.CreateEncryptor(_keys.SecretKey).Encrypt(values, 1);
        _limits = WireLimits.ForLength(length);

        // Pools round up to the next power of two.
        long vectorLimit = Margin + (2 * Context.Public.MemoryInBytes(length, VectorForm.Full));
        byte[] publicKey = BytesOf(_keys.PublicKey.WriteTo);
        byte[] secretKey = BytesOf(_keys.SecretKey.ExportClear);
        Unprotected =
        [
            new($"{subject} parameters", BytesOf(subject.Parameters.WriteTo), ParseParameters, Margin),
            new($"{subject} public key", publicKey, ParsePublicKey, LimitOf(ParsePublicKey, publicKey)),
            new($"{subject} secret key", secretKey, ParseSecretKey, LimitOf(ParseSecretKey, secretKey)),
            new($"{subject} full vector", BytesOf(_honest.WriteTo), ParseVector, vectorLimit),
            new($"{subject} seeded vector", BytesOf(seeded.WriteTo), ParseVector, vectorLimit),
            .. RescaledVector(vectorLimit),
            .. CompressedVectors(seeded, vectorLimit),
        ];
        byte[] protectedKey = BytesOf(destination => _keys.SecretKey.ExportProtected(Password, destination));
        ProtectedSecretKey = new($"{subject} protected secret key", protectedKey, ParseProtectedSecretKey, LimitOf(ParseSecretKey, secretKey));
    }

    /// <summary>The objects whose parsers are cheap.</summary>
    public IReadOnlyList<WireObject> Unprotected { get; }

    /// <summary>The object whose parser slowly derives a key from a password, after all other checks have passed.</summary>
    public WireObject ProtectedSecretKey { get; }

    /// <summary>
    /// The context of these objects alone, because a context shared with other tests lends its scratch memory to them.
    /// </summary>
    private HeContext Context { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _honest.Dispose();
        _keys.Dispose();
        Context.Dispose();
    }

    private static byte[] BytesOf(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Measures the allocations for the well-formed object and adds a margin.</summary>
    /// <remarks>No other input of these parameters may cost more.</remarks>
    private static long LimitOf(WireParser parse, byte[] wellFormed)
    {
        var guard = AllocationGuard.Start();
        parse(wellFormed, exercise: false).Should().Be(FormatError.None);
        return guard.AllocatedBytes + Margin;
    }

    private static void ShouldBeCanonical(ReadOnlySpan<byte> source, Action<IBufferWriter<byte>> write)
        => Assert.True(source.SequenceEqual(BytesOf(write)), "Bytes that are accepted must be written again exactly.");

    private static FormatError Refusal(FormatError reason)
    {
        Assert.True(reason != FormatError.None, "A refusal must have a reason.");
        return reason;
    }

    private IEnumerable<WireObject> RescaledVector(long limit)
    {
        if (Context.Public.Rescaler is { } evaluator)
        {
            using EncryptedVector product = evaluator.MultiplyScalar(_honest, 0.5);
            yield return new($"{_subject} rescaled vector", BytesOf(product.WriteTo), ParseVector, limit);
        }
    }

    private IEnumerable<WireObject> CompressedVectors(EncryptedVector seeded, long limit)
    {
        if (Context.Public.Compressor is { } compressor)
        {
            const double Deviation = 1.0 / 4096;
            using EncryptedVector full = compressor.Compress(_honest, Deviation);
            using EncryptedVector half = compressor.Compress(seeded, Deviation);
            using EncryptedVector another = Context.CreateEncryptor(_keys.SecretKey).Encrypt([.. new double[seeded.Length]], 1);
            using EncryptedVector sum = Context.Public.Evaluator.Add(seeded, another);
            yield return new($"{_subject} compressed full vector", BytesOf(full.WriteTo), ParseVector, limit);
            yield return new($"{_subject} compressed seeded vector", BytesOf(half.WriteTo), ParseVector, limit);
            yield return new($"{_subject} seed list", BytesOf(sum.WriteTo), ParseVector, limit);
        }
    }

    private FormatError ParseParameters(ReadOnlySpan<byte> source, bool exercise)
    {
        try
        {
            HeParameters parameters = _subject.Scheme.ReadParameters(source);
            if (exercise)
            {
                ShouldBeCanonical(source, parameters.WriteTo);
                Assert.Equal(_subject.IsSecure, parameters.SecurityLevel != SecurityLevel.None);
            }

            return FormatError.None;
        }
        catch (HeFormatException refusal)
        {
            return refusal.Error;
        }
        catch (HeParameterException)
        {
            return FormatError.FieldOutOfRange;
        }
    }

    private FormatError ParsePublicKey(ReadOnlySpan<byte> source, bool exercise)
    {
        if (!Context.TryReadPublicKey(source, out PublicKey? key, out FormatError reason))
        {
            return Refusal(reason);
        }

        using (key)
        {
            if (exercise && IsTurnToUse())
            {
                ShouldBeCanonical(source, key.WriteTo);
                Context.CreateEncryptor(key).Encrypt([0.5], 1).Dispose();
            }
        }

        return FormatError.None;
    }

    private FormatError ParseSecretKey(ReadOnlySpan<byte> source, bool exercise)
    {
        if (!Context.TryImportSecretKey(source, SecretKeyExportPolicy.Clear, out SecretKey? key, out FormatError reason))
        {
            return Refusal(reason);
        }

        using (key)
        {
            if (exercise && IsTurnToUse())
            {
                ShouldBeCanonical(source, key.ExportClear);
                using EncryptedVector vector = Context.CreateEncryptor(key).Encrypt([0.5], 1);
                ShouldDecryptToNumbers(vector, Context.CreateDecryptor(key));
            }
        }

        return FormatError.None;
    }

    private FormatError ParseProtectedSecretKey(ReadOnlySpan<byte> source, bool exercise)
    {
        if (!Context.TryImportProtectedSecretKey(source, Password, SecretKeyExportPolicy.None, out SecretKey? key, out FormatError reason))
        {
            return Refusal(reason);
        }

        key.Dispose();
        return FormatError.None;
    }

    private FormatError ParseVector(ReadOnlySpan<byte> source, bool exercise)
    {
        bool isRead = Context.Public.Reader.TryRead(source, _limits, out EncryptedVector? vector, out FormatError reason);
        Context.Public.Reader.TryCheck(source, _limits, out _, out FormatError reasonOfCheck).Should().Be(isRead);
        reasonOfCheck.Should().Be(reason, "checking is as thorough as reading");
        bool isReadLater = Context.Public.Reader.TryReadChecked(source.ToArray(), _limits, out EncryptedVector? later, out FormatError reasonLater);
        isReadLater.Should().Be(reasonLater == FormatError.None).And.Be(later is not null);
        (isReadLater || !isRead).Should().BeTrue("what was accepted once is accepted again");
        later?.Dispose();
        if (vector is null)
        {
            return Refusal(reason);
        }

        using (vector)
        {
            if (exercise && IsTurnToUse())
            {
                ShouldBeCanonical(source, vector.WriteTo);
                ShouldAddUpToSomethingReadable(vector);
                if (vector.KeyId == _keys.SecretKey.KeyId)
                {
                    ShouldDecryptToNumbers(vector, Context.CreateDecryptor(_keys.SecretKey));
                }
            }
        }

        return FormatError.None;
    }

    private bool IsTurnToUse() => _accepted++ % _subject.AcceptedForEachUse == 0;

    private void ShouldAddUpToSomethingReadable(EncryptedVector vector)
    {
        try
        {
            using EncryptedVector sum = Context.Public.Evaluator.Add(vector, vector.Length == _honest.Length ? _honest : vector);
            byte[] bytes = BytesOf(sum.WriteTo);
            Context.Public.Reader.Read(bytes, _limits).Dispose();
        }
        catch (HeMismatchException)
        {
            // Another key or level: refused where the sum is made.
        }
        catch (HeCapacityException)
        {
            // A bound that leaves no room: refused where the sum is made.
        }
    }

    private static void ShouldDecryptToNumbers(EncryptedVector vector, IDecryptor decryptor)
    {
        var values = new double[vector.Length];
        try
        {
            decryptor.Decrypt(vector, values);
            Assert.True(Array.TrueForAll(values, double.IsFinite), "Decryption gave something that is not a number.");
            decryptor.DecryptPublic(vector, 8, values);
            Assert.True(Array.TrueForAll(values, double.IsFinite), "Public decryption gave something that is not a number.");
        }
        catch (HeCapacityException)
        {
            // The declared bound cannot be published with that precision.
        }
        catch (HeMismatchException)
        {
            // A scheme may tell that nothing it encrypts has this plaintext.
        }
    }
}
