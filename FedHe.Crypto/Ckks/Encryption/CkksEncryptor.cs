using System.Collections.Immutable;
using System.Numerics;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Kernels.Values;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Encryption;

/// <summary>
/// A CKKS encryptor checks and encodes values, and leaves the encryption of one polynomial after the other to each kind
/// of key.
/// </summary>
/// <remarks>The secret randomness of a vector depends on all of its values, its public seed on none of them.</remarks>
internal abstract class CkksEncryptor : IEncryptor
{
    private readonly EncryptionRandomSource _random;

    protected CkksEncryptor(CkksRing ring, KeyId keyId, VectorForm form, EncryptionRandomSource random)
    {
        Ring = ring;
        _random = random;
        KeyId = keyId;
        Form = form;
    }

    public HeParameters Parameters => Ring.Parameters;

    public KeyId KeyId { get; }

    public VectorForm Form { get; }

    protected CkksRing Ring { get; }

    public VectorBound FreshBound(double maxAbs) => CkksFreshBound.Of(Ring, maxAbs, Form);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptCore(values, maxAbs, publicContext: []);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptCore(values, maxAbs, publicContext: []);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs, ReadOnlySpan<byte> publicContext)
        => EncryptCore(values, maxAbs, publicContext);

    /// <summary>Draws fresh seeds to stand for c1 of a new vector, or none where c1 is stored.</summary>
    protected abstract ImmutableArray<WeightedSeed> DrawSeeds(EncryptionRandomSource random, ReadOnlySpan<byte> publicContext);

    /// <summary>Creates a writer that encrypts some ciphertexts of a vector, on one thread.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="block">The memory of the vector.</param>
    /// <param name="secrets">The secret randomness, which stands at the ciphertext that is encrypted next.</param>
    protected abstract ICiphertextWriter CreateWriter(CkksVector vector, CkksBlock block, SecretStream secrets);

    private CkksVector EncryptCore<T>(ReadOnlySpan<T> values, double maxAbs, ReadOnlySpan<byte> publicContext)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        VectorBound bound = FreshBound(maxAbs);
        ValueGuard.CheckNotEmpty(values);
        var block = new CkksBlock(Ring.Parameters, values.Length, CkksBlock.PolynomialsOf(Form), Ring.LimbCount);
        var vector = new CkksVector(Ring, KeyId, values.Length, bound, block, DrawSeeds(_random, publicContext), DroppedBits.None);
        try
        {
            using SecretStreams secrets = _random.DrawSecret(UniversalHashKernel.BytesOf(values), Ring.MaxDegreeOfParallelism);
            ParallelRanges.Run(
                values,
                vector.CiphertextCount,
                Ring.MaxDegreeOfParallelism,
                (span, first, end) => EncryptRange<T>(span, maxAbs, vector, block, secrets, first, end));
            return vector;
        }
        catch (HeValueException)
        {
            vector.Dispose();

            // Several threads may have refused values: the exception names the first one.
            ValueGuard.CheckValues(values, maxAbs);
            throw;
        }
        catch
        {
            vector.Dispose();
            throw;
        }
    }

    private void EncryptRange<T>(
        ReadOnlySpan<T> values, double maxAbs, CkksVector vector, CkksBlock block, SecretStreams secrets, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using SecretStream stream = secrets.Open();
        using ICiphertextWriter writer = CreateWriter(vector, block, stream);
        using CkksWorkspace workspace = Ring.Workspaces.Rent();
        int perCiphertext = Ring.Parameters.ValuesPerCiphertext;
        Span<double> scratch = workspace.Values.Span.Slice(0, perCiphertext);
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            int start = ciphertext * perCiphertext;
            ReadOnlySpan<T> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            ValueGuard.CheckValues(batch, maxAbs);
            Ring.Packing.Encode(ValueKernel.Widen(batch, scratch), workspace.Coefficients);
            stream.MoveTo(ciphertext);
            writer.Encrypt(ciphertext, workspace);
        }
    }

    /// <summary>A ciphertext writer encrypts the coefficients of a workspace into one ciphertext after the other.</summary>
    protected interface ICiphertextWriter : IDisposable
    {
        void Encrypt(int ciphertext, CkksWorkspace workspace);
    }
}
