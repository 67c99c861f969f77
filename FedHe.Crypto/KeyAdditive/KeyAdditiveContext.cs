using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Encryption;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.KeyAdditive;

/// <summary>
/// A key-additive context encrypts uploads under keys that live for one upload, and opens the sum of uploads with the sum
/// of their keys. It is thread-safe.
/// </summary>
/// <remarks>
/// All uploads of one attempt share the public polynomials that the attempt's public seed stands for. A party that knows
/// the sum of the round keys, and with it the sum of the uploads, learns nothing else about an upload of an honest client
/// as long as there are two honest clients. Source: Bell-Clark et al., ePrint 2024/936 (key-additive homomorphic
/// encryption, KAHE).
/// </remarks>
/// <example>
/// <code>
/// var requirements = new KeyAdditiveRequirements(MaxContributors: 2, PrecisionBits: 24);
/// var he = new KeyAdditiveContext(KeyAdditiveParameters.Plan(requirements));
/// Digest attempt = Digest.Compute("job 1, round 1, attempt 1"u8);
/// using RoundKey first = he.GenerateRoundKey(attempt);
/// using RoundKey second = he.GenerateRoundKey(attempt);
/// double[] values = [0.5, -0.25];
/// using EncryptedVector left = he.CreateEncryptor(first).Encrypt(values, maxAbs: 1);
/// using EncryptedVector right = he.CreateEncryptor(second).Encrypt(values, maxAbs: 1);
/// using EncryptedVector sum = he.Public.Evaluator.Add(left, right);
///
/// // In a federation the sum of the keys comes from RoundKeyProtection; here it is computed in clear.
/// long[] keySum = new long[first.Length];
/// long[] secondKey = new long[second.Length];
/// first.CopyCoefficientsTo(keySum);
/// second.CopyCoefficientsTo(secondKey);
/// for (int i = 0; i &lt; keySum.Length; i++)
/// {
///     keySum[i] += secondKey[i];
/// }
///
/// using RoundKeySum opening = he.CreateKeySum(attempt, contributors: 2, keySum);
/// he.CreateDecryptor(opening).Decrypt(sum, values); // about 1 and -0.5
/// </code>
/// </example>
public sealed class KeyAdditiveContext
{
    private readonly KeyAdditiveRing _ring;
    private readonly EncryptionRandomSource _random;

    /// <summary>Creates a context of the given parameters.</summary>
    /// <param name="parameters">The planned parameters.</param>
    /// <param name="options">Options of the context, or null for the defaults.</param>
    public KeyAdditiveContext(KeyAdditiveParameters parameters, HeContextOptions? options = null)
        : this(parameters, options, RandomSource.System)
    {
    }

    internal KeyAdditiveContext(KeyAdditiveParameters parameters, HeContextOptions? options, EncryptionRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _ring = new KeyAdditiveRing(parameters, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism);
        _random = random;
        Public = new KeyAdditivePublicContext(_ring);
    }

    /// <summary>The parameters of the context.</summary>
    public KeyAdditiveParameters Parameters => _ring.Parameters;

    /// <summary>The public part of the context, which adds and reads uploads. No key is reachable from it.</summary>
    public HePublicContext Public { get; }

    /// <summary>Creates the public part of a context alone, for a server, which has no key.</summary>
    /// <param name="parameters">The planned parameters.</param>
    /// <param name="options">Options of the context, or null for the defaults.</param>
    public static HePublicContext CreatePublic(KeyAdditiveParameters parameters, HeContextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new KeyAdditivePublicContext(
            new KeyAdditiveRing(parameters, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism));
    }

    /// <summary>Draws a fresh key for one upload of an attempt.</summary>
    /// <param name="publicSeed">
    /// The public seed of the attempt: a hash that all its parties compute and nobody chooses, and that no other attempt
    /// has.
    /// </param>
    /// <remarks>
    /// Where the values are known, <see cref="GenerateRoundKey(Digest, PlaintextHasher)"/> is safer: it protects them also on a
    /// machine whose randomness repeats itself.
    /// </remarks>
    public RoundKey GenerateRoundKey(Digest publicSeed) => RoundKey.Generate(_ring, publicSeed, _random);

    /// <summary>Draws a fresh key for one upload of an attempt, which depends on everything that the upload will encrypt.</summary>
    /// <param name="publicSeed">
    /// The public seed of the attempt: a hash that all its parties compute and nobody chooses, and that no other attempt
    /// has.
    /// </param>
    /// <param name="plaintext">Has hashed everything that decides the values of the upload: all vectors, with their factors.</param>
    /// <remarks>
    /// <para>
    /// Two uploads of one attempt under one key reveal the difference of their values. A machine that is resumed twice from one
    /// snapshot may draw the same randomness twice; the key is then new as long as a value is.
    /// </para>
    /// Errors under such a key depend on the key and on places in the upload, and not on the values once more: what was not appended
    /// protects nothing. Values that change between their hash and their encryption, or vectors that were left out, have key and errors of
    /// the old ones where randomness repeats itself. A hasher to which nothing was appended gives a key as <see cref="GenerateRoundKey(Digest)"/> does,
    /// with errors that depend on the values.
    /// </remarks>
    public RoundKey GenerateRoundKey(Digest publicSeed, PlaintextHasher plaintext)
    {
        ArgumentNullException.ThrowIfNull(plaintext);
        Span<byte> digest = stackalloc byte[PlaintextHasher.DigestLength];
        try
        {
            plaintext.CopyDigestTo(digest);

            // One plaintext in two attempts has two keys, so that no key meets two public polynomials.
            Span<byte> attempt = stackalloc byte[Digest.SizeInBytes];
            publicSeed.CopyTo(attempt);
            using SecretStreams secrets = _random.DrawSecret(digest, maxDegreeOfParallelism: 1, attempt);
            using SecretStream stream = secrets.Open();
            stream.MoveTo(0);
            return RoundKey.Generate(_ring, publicSeed, stream, isOfPlaintext: !plaintext.IsEmpty);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(digest);
        }
    }

    /// <summary>Creates the only encryptor of a round key. It encrypts the vectors of one upload, one after the other.</summary>
    /// <param name="key">A fresh round key, which must not be disposed before the encryptor is last used.</param>
    /// <exception cref="InvalidOperationException">The key has an encryptor already.</exception>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public IEncryptor CreateEncryptor(RoundKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        ObjectDisposedException.ThrowIf(key.IsDisposed, key);
        CheckParameters(key.ParametersId);
        return key.TryTakeEncryptor() ? new KeyAdditiveEncryptor(_ring, key, _random) : throw Throw.RoundKeySpent();
    }

    /// <summary>Makes the key that opens the sum of the uploads of an attempt.</summary>
    /// <param name="publicSeed">The public seed of the attempt.</param>
    /// <param name="contributors">The number of uploads in the sum, 2 to the planned number.</param>
    /// <param name="coefficients">The sum of the coefficients of their round keys; the caller zeroes it.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    /// <exception cref="HeMismatchException">No sum of this number of round keys has these coefficients.</exception>
    public RoundKeySum CreateKeySum(Digest publicSeed, int contributors, ReadOnlySpan<long> coefficients)
        => RoundKeySum.Create(_ring, publicSeed, contributors, coefficients);

    /// <summary>Makes the key that opens the sum of the uploads of an attempt, of coefficients that a committee's shares gave.</summary>
    /// <param name="publicSeed">The public seed of the attempt.</param>
    /// <param name="contributors">The number of uploads in the sum, 2 to the planned number.</param>
    /// <param name="coefficients">The sum of the coefficients of their round keys; the caller zeroes it.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    /// <exception cref="HeMismatchException">No sum of this number of round keys has these coefficients.</exception>
    public RoundKeySum CreateKeySum(Digest publicSeed, int contributors, ReadOnlySpan<int> coefficients)
    {
        long[] widened = SecretMemory.Allocate<long>(coefficients.Length);
        try
        {
            for (int i = 0; i < widened.Length; i++)
            {
                widened[i] = coefficients[i];
            }

            return CreateKeySum(publicSeed, contributors, widened.AsSpan());
        }
        finally
        {
            SecretMemory.Zero<long>(widened);
        }
    }

    /// <summary>Creates a decryptor for the sum of the uploads of an attempt.</summary>
    /// <param name="key">The sum of the round keys, which must not be disposed before the decryptor is last used.</param>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public IDecryptor CreateDecryptor(RoundKeySum key)
    {
        ArgumentNullException.ThrowIfNull(key);
        ObjectDisposedException.ThrowIf(key.IsDisposed, key);
        CheckParameters(key.ParametersId);
        return new KeyAdditiveDecryptor(_ring, key);
    }

    private void CheckParameters(Digest parametersId)
    {
        if (parametersId != Parameters.Id)
        {
            throw Throw.ParametersMismatch();
        }
    }
}
