using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Kernels.Values;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.KeyAdditive.Encryption;

/// <summary>
/// A key-additive encryptor computes c_j = e_j + m_j - a_j*s for the ciphertexts j of one upload, in order, and sends the
/// highest bits. No ciphertext index is used twice.
/// </summary>
/// <remarks>
/// <para>
/// Two ciphertexts of one index under one key would reveal the difference of their messages. After an exception the
/// encryptor refuses to go on, so that nobody encrypts other values in the place of those that failed.
/// </para>
/// <para>
/// Errors are drawn anew for every vector, and depend on the key and on the vector's position besides. So two different plaintexts never share
/// errors, also where a machine is resumed twice from one snapshot and all randomness repeats itself. A key that was made from a
/// digest of everything that it encrypts is another one for another plaintext, and with it the errors; to hash the values once more would
/// add nothing. Of a key that was made without a plaintext nobody knows that, so errors under it depend on the values.
/// </para>
/// </remarks>
internal sealed class KeyAdditiveEncryptor(KeyAdditiveRing ring, RoundKey key, EncryptionRandomSource random) : IEncryptor
{
    private readonly Lock _gate = new();
    private int _position;
    private bool _isBroken;

    public HeParameters Parameters => ring.Parameters;

    public KeyId KeyId => key.KeyId;

    public VectorForm Form => VectorForm.Full;

    public VectorBound FreshBound(double maxAbs) => KeyAdditiveFreshBound.Of(ring.Parameters, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptCore(values, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptCore(values, maxAbs);

    private KeyAdditiveVector EncryptCore<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _ = FreshBound(maxAbs);
        ValueGuard.CheckNotEmpty(values);
        using SecretKeyUse use = key.Use();
        int ciphertexts = KeyAdditiveVectorFormat.CiphertextsOf(ring.Parameters, values.Length);
        int position = Reserve(ciphertexts);
        PackedCoefficients? packed = null;
        try
        {
            packed = new PackedCoefficients(ring.Parameters, ciphertexts, SumRange.Full(ring.Parameters, contributors: 1));
            PackedCoefficients target = packed;

            using SecretStreams secrets = DrawSecrets(UniversalHashKernel.BytesOf(values), position);
            ParallelRanges.Run(
                values,
                ciphertexts,
                ring.MaxDegreeOfParallelism,
                (span, first, end) => EncryptRange(span, maxAbs, position, target, secrets, first, end));
            return new KeyAdditiveVector(ring.Parameters, KeyId, values.Length, position, contributors: 1, packed);
        }
        catch (Exception failure)
        {
            packed?.Dispose();
            lock (_gate)
            {
                _isBroken = true;
            }

            if (failure is HeValueException)
            {
                // Several threads may have refused values: the exception names the first one.
                ValueGuard.CheckValues(values, maxAbs);
            }

            throw;
        }
    }

    /// <summary>Draws the randomness of a vector's errors.</summary>
    private SecretStreams DrawSecrets(ReadOnlySpan<byte> values, int position)
    {
        // Equal values under two keys must not have equal errors: their difference would give the difference of the keys away.
        Span<byte> context = stackalloc byte[SHA256.HashSizeInBytes + sizeof(int)];
        key.CoefficientDigest.CopyTo(context);
        BinaryPrimitives.WriteInt32LittleEndian(context[SHA256.HashSizeInBytes..], position);
        try
        {
            return random.DrawSecret(key.IsOfPlaintext ? [] : values, ring.MaxDegreeOfParallelism, context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(context);
        }
    }

    private int Reserve(int ciphertexts)
    {
        lock (_gate)
        {
            if (_isBroken)
            {
                throw Throw.RoundKeySpent();
            }

            int position = _position;
            _position = checked(position + ciphertexts);
            return position;
        }
    }

    private void EncryptRange<T>(
        ReadOnlySpan<T> values, double maxAbs, int position, PackedCoefficients packed, SecretStreams secrets, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using SecretStream stream = secrets.Open();
        var sampler = new SecretSampler(stream);
        using PublicPolynomials polynomials = new(key.PublicSeed, ring.Modulus);
        using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
        int perCiphertext = ring.Parameters.ValuesPerCiphertext;
        Span<double> scratch = workspace.Values.Span[..perCiphertext];
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            int start = ciphertext * perCiphertext;
            ReadOnlySpan<T> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            ValueGuard.CheckValues(batch, maxAbs);
            stream.MoveTo(ciphertext);
            sampler.Error(workspace.Error); // e
            ReadOnlySpan<double> wide = ValueKernel.Widen(batch, scratch);
            key.Polynomial.Mask.Encrypt(polynomials, position + ciphertext, wide, workspace, packed.Room(ciphertext));
        }
    }
}
