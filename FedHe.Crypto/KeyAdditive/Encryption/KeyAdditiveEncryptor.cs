using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Memory;
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
/// Errors are drawn anew for every vector, and depend on the key and on the vector's position besides. A key that was made from a
/// digest of everything that it encrypts is another one for another plaintext, and with it the errors, also where a machine is resumed twice
/// from one snapshot and all randomness repeats itself; to hash the values once more would add nothing. That holds for what was appended to the digest, and
/// for nothing else. Of a key that was made without a plaintext nobody knows it, so errors under it depend on the values.
/// </para>
/// </remarks>
internal sealed class KeyAdditiveEncryptor(KeyAdditiveRing ring, RoundKey key, EncryptionRandomSource random) : IRangeEncryptor
{
    private readonly Lock _gate = new();
    private int _position;
    private bool _isBroken;

    public HeParameters Parameters => ring.Parameters;

    public KeyId KeyId => key.KeyId;

    public VectorForm Form => VectorForm.Full;

    public VectorBound FreshBound(double maxAbs) => KeyAdditiveFreshBound.Of(ring.Parameters, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptSpan(values, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptSpan(values, maxAbs);

    public EncryptedVector Encrypt(int length, IRangeEncryptor.ValueReader values, double maxAbs)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return key.IsOfPlaintext
            ? EncryptCore([], length, maxAbs, (_, range, first, end) => EncryptRange(length, values, maxAbs, range, first, end))
            : EncryptCopy(length, values, maxAbs);
    }

    private delegate void RangeAction(ReadOnlySpan<byte> plaintext, RangeEncryption range, int first, int end);

    private KeyAdditiveVector EncryptSpan<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ValueGuard.CheckNotEmpty(values);
        try
        {
            return EncryptCore(
                UniversalHashKernel.BytesOf(values),
                values.Length,
                maxAbs,
                (plaintext, range, first, end) => EncryptRange(UniversalHashKernel.ValuesOf<T>(plaintext), maxAbs, range, first, end));
        }
        catch (HeValueException)
        {
            // Several threads may have refused values: the exception names the first one.
            ValueGuard.CheckValues(values, maxAbs);
            throw;
        }
    }

    /// <summary>Encrypts a copy of the values, all of which errors depend on.</summary>
    private KeyAdditiveVector EncryptCopy(int length, IRangeEncryptor.ValueReader values, double maxAbs)
    {
        double[] copy = SecretMemory.Allocate<double>(length);
        try
        {
            values(0, copy);
            return EncryptSpan<double>(copy, maxAbs);
        }
        finally
        {
            SecretMemory.Zero<double>(copy);
        }
    }

    private KeyAdditiveVector EncryptCore(ReadOnlySpan<byte> plaintext, int length, double maxAbs, RangeAction action)
    {
        _ = FreshBound(maxAbs);
        using SecretKeyUse use = key.Use();
        int ciphertexts = KeyAdditiveVectorFormat.CiphertextsOf(ring.Parameters, length);
        int position = Reserve(ciphertexts);
        PackedCoefficients? packed = null;
        try
        {
            packed = new PackedCoefficients(ring.Parameters, ciphertexts, SumRange.Full(ring.Parameters, contributors: 1));
            PackedCoefficients target = packed;
            using SecretStreams secrets = DrawSecrets(plaintext, position);
            ParallelRanges.Run(plaintext, ciphertexts, ring.MaxDegreeOfParallelism, (bytes, first, end) =>
            {
                using var range = new RangeEncryption(ring, key, secrets, position, target);
                action(bytes, range, first, end);
            });
            return new KeyAdditiveVector(ring.Parameters, KeyId, length, position, contributors: 1, packed);
        }
        catch
        {
            packed?.Dispose();
            lock (_gate)
            {
                _isBroken = true;
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

    private void EncryptRange<T>(ReadOnlySpan<T> values, double maxAbs, RangeEncryption range, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int perCiphertext = ring.Parameters.ValuesPerCiphertext;
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            int start = ciphertext * perCiphertext;
            ReadOnlySpan<T> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            ValueGuard.CheckValues(batch, maxAbs);
            range.Encrypt(ciphertext, ValueKernel.Widen(batch, range.Values));
        }
    }

    private void EncryptRange(int length, IRangeEncryptor.ValueReader values, double maxAbs, RangeEncryption range, int first, int end)
    {
        int perCiphertext = ring.Parameters.ValuesPerCiphertext;
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            int start = ciphertext * perCiphertext;
            Span<double> room = range.Values;
            Span<double> batch = room[..Math.Min(perCiphertext, length - start)];
            values(start, batch);
            try
            {
                ValueGuard.CheckValues<double>(batch, maxAbs);
            }
            catch (HeValueException refused)
            {
                throw new HeValueException(refused.Error, start + refused.Index);
            }

            room[batch.Length..].Clear();
            range.Encrypt(ciphertext, room);
        }
    }
}
