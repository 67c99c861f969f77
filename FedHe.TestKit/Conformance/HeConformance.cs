using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Numerics;
using FedHe.TestKit.Schemes;

namespace FedHe.TestKit.Conformance;

/// <summary>The conformance suite tests the promises of every scheme behind the contracts of layer 1.</summary>
/// <remarks>
/// The author of a scheme derives one sealed class for each parameter set and adds nothing; every tolerance comes from <see
/// cref="VectorBound"/>.
/// </remarks>
public abstract partial class HeConformance : IDisposable
{
    /// <summary>
    /// The magnitude bound of most tests, which is not a power of two, so that the rounding of the bound is tested too.
    /// </summary>
    private const double MaxAbs = 0.7;

    private readonly Lazy<KeyPair> _keys;

    /// <summary>Prepares the suite for one parameter set.</summary>
    protected HeConformance(SchemeUnderTest subject)
    {
        Subject = subject;
        _keys = new Lazy<KeyPair>(() => subject.Context.GenerateKeyPair(AnyExport));
    }

    /// <summary>The forms that encryption produces.</summary>
    private static readonly VectorForm[] FreshForms = [VectorForm.Full, VectorForm.Seeded];

    /// <summary>The forms in which a vector can be encrypted, as theory data.</summary>
    public static TheoryData<VectorForm> Forms { get; } = [.. FreshForms];

    private static SecretKeyExportPolicy AnyExport => SecretKeyExportPolicy.Clear | SecretKeyExportPolicy.PasswordProtected;

    private SchemeUnderTest Subject { get; }

    private HeContext Context => Subject.Context;

    private KeyPair Keys => _keys.Value;

    private IDecryptor Decryptor => Context.CreateDecryptor(Keys.SecretKey);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_keys.IsValueCreated)
        {
            _keys.Value.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    private static byte[] BytesOf(EncryptedVector vector)
    {
        var buffer = new ArrayBufferWriter<byte>(vector.EncodedLength);
        vector.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static double[] Uniform(int length, int seed)
        => TestVectors.Create(length, ValuePattern.Uniform, MaxAbs, new Random(seed));

    /// <summary>Returns the length of a number of whole ciphertexts, plus or minus a few values.</summary>
    private int LengthOf(int ciphertexts, int extra) => (ciphertexts * Context.Parameters.ValuesPerCiphertext) + extra;

    private IEncryptor Encryptor(VectorForm form) => Encryptor(form, Keys);

    private IEncryptor Encryptor(VectorForm form, KeyPair keys)
        => form == VectorForm.Full && Subject.Can(HeCapabilities.PublicKeyEncryption)
            ? Context.CreateEncryptor(keys.PublicKey)
            : Context.CreateEncryptor(keys.SecretKey);

    private EncryptedVector Read(ReadOnlySpan<byte> bytes) => Context.Public.Reader.Read(bytes, WireLimits.Default);

    private double[] Decrypt(EncryptedVector vector)
    {
        var values = new double[vector.Length];
        Decryptor.Decrypt(vector, values);
        return values;
    }

    private void ShouldHold(EncryptedVector vector, ReadOnlySpan<double> exact, string because)
    {
        var sums = new ExactSum[exact.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = sums[i].AddProduct(1, exact[i]);
        }

        ShouldHold(vector, sums, because);
    }

    private void ShouldHold(EncryptedVector vector, ReadOnlySpan<ExactSum> exact, string because)
    {
        vector.Length.Should().Be(exact.Length, because);
        double[] actual = Decrypt(vector);
        for (int i = 0; i < actual.Length; i++)
        {
            double distance = exact[i].DistanceTo(actual[i]);
            if (!(distance <= vector.Bound.ErrorBound))
            {
                Assert.Fail($"{Subject}: the error {distance:g4} at index {i} exceeds the bound {vector.Bound.ErrorBound:g4}; {because}");
            }

            if (!(Math.Abs(exact[i].High) <= vector.Bound.MaxAbs * (1 + 1e-12)))
            {
                Assert.Fail($"{Subject}: the exact value at index {i} exceeds the promised magnitude {vector.Bound.MaxAbs:g4}; {because}");
            }
        }
    }

    private bool Fits(VectorBound bound) => bound.MaxAbs + bound.ErrorBound < Context.Parameters.Capacity;
}
