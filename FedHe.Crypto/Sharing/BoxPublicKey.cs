using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Sharing;

/// <summary>A box public key seals boxes that only the holder of its private key opens. It is immutable and thread-safe.</summary>
/// <remarks>Whoever takes a key from a message checks its signature: a box is as secret as its recipient is known.</remarks>
public sealed class BoxPublicKey : IEquatable<BoxPublicKey>
{
    private readonly byte[] _bytes;

    // Importing a point costs as much as an agreement. The platform's object holds nothing secret, and is released with this one.
    private readonly Lock _gate = new();
    private readonly ECDiffieHellman _point;

    internal BoxPublicKey(KeyExchange exchange, byte[] bytes, ECDiffieHellman point)
    {
        Exchange = exchange;
        _bytes = bytes;
        _point = point;
    }

    /// <summary>The key exchange that the key is for.</summary>
    public KeyExchange Exchange { get; }

    /// <summary>The bytes of the key: the point on P-256, then the key of ML-KEM-768 if the exchange has one.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    private static ReadOnlySpan<byte> SaltLabel => "FedHe box salt v1"u8;

    /// <summary>Reads a public key, and refuses bytes that are none. The machine need not support ML-KEM.</summary>
    /// <param name="exchange">The key exchange.</param>
    /// <param name="source">The bytes of the key; untrusted.</param>
    /// <param name="key">The key.</param>
    /// <returns>Whether the length is right, the point is on the curve, and the key of ML-KEM-768 is well formed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The key exchange is not defined.</exception>
    public static bool TryRead(KeyExchange exchange, ReadOnlySpan<byte> source, [NotNullWhen(true)] out BoxPublicKey? key)
    {
        key = null;
        if (source.Length != KeyExchanges.PublicKeySize(exchange)
            || (KeyExchanges.HasKem(exchange) && !KemKey.IsPublicKey(source[EllipticPoint.SizeInBytes..]))
            || !EllipticPoint.TryImport(source[..EllipticPoint.SizeInBytes], out ECDiffieHellman? point))
        {
            return false;
        }

        key = new BoxPublicKey(exchange, source.ToArray(), point);
        return true;
    }

    /// <summary>Computes the number of bytes of a box.</summary>
    /// <param name="secretLength">The number of bytes of the secret, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative, or the box would not fit an array.</exception>
    public int BoxLength(int secretLength)
    {
        int overhead = KeyExchanges.BoxOverhead(Exchange);
        ArgumentOutOfRangeException.ThrowIfNegative(secretLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(secretLength, Array.MaxLength - overhead);
        return secretLength + overhead;
    }

    /// <summary>Seals a secret in a box, under an ephemeral key that serves no other box.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="associatedData">Bytes that the box is bound to and does not contain. The recipient opens the box with the same bytes.</param>
    /// <param name="box">Receives the box, of <see cref="BoxLength"/> bytes; disjoint from the other memory.</param>
    /// <remarks>Boxes of one message for several recipients take less time with one <see cref="BoxSealer"/>, which says what hedges them.</remarks>
    /// <exception cref="ArgumentException"><paramref name="box"/> has another length.</exception>
    /// <exception cref="HePlatformException">This machine lacks the key exchange.</exception>
    /// <exception cref="HeRandomnessException">The operating system gives no random bytes.</exception>
    public void Seal(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> associatedData, Span<byte> box)
    {
        using var sealer = new BoxSealer();
        sealer.Seal(this, secret, associatedData, box);
    }

    /// <inheritdoc/>
    public bool Equals(BoxPublicKey? other)
        => other is not null && Exchange == other.Exchange && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BoxPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Exchange);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>Seals a secret under the ephemeral key of a <see cref="BoxSealer"/>, whose point was encoded.</summary>
    internal void Seal(
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> associatedData,
        Span<byte> box,
        ECDiffieHellman ephemeral,
        ReadOnlySpan<byte> point,
        EncryptionRandomSource random)
    {
        if (box.Length != BoxLength(secret.Length))
        {
            throw new ArgumentException("The box has another length than the secret needs.", nameof(box));
        }

        BoxLayout layout = BoxLayout.Of(Exchange);
        Span<byte> secrets = stackalloc byte[BoxCipher.MaxSecretsSize];
        try
        {
            Span<byte> rest = secrets;
            if (KeyExchanges.HasKem(Exchange))
            {
                using var kem = MLKem.ImportEncapsulationKey(MLKemAlgorithm.MLKem768, _bytes.AsSpan(EllipticPoint.SizeInBytes));
                kem.Encapsulate(box[layout.KemCiphertext], rest[..KemKey.SecretSizeInBytes]);
                rest = rest[KemKey.SecretSizeInBytes..];
            }

            Agree(ephemeral, rest[..EllipticPoint.SecretSizeInBytes]);
            rest = rest[EllipticPoint.SecretSizeInBytes..];
            point.CopyTo(box[BoxLayout.Ephemeral]);
            DrawSalt(secret, associatedData, box[layout.Salt], random);
            BoxCipher.Encrypt(this, secrets[..^rest.Length], secret, associatedData, box);
        }
        finally
        {
            SecretMemory.Zero(secrets);
        }
    }

    private void Agree(ECDiffieHellman ephemeral, Span<byte> secret)
    {
        lock (_gate)
        {
            EllipticPoint.Agree(ephemeral, _point, secret);
        }
    }

    private void DrawSalt(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> associatedData, Span<byte> salt, EncryptionRandomSource random)
    {
        Span<byte> context = stackalloc byte[SaltLabel.Length + (2 * SHA256.HashSizeInBytes)];
        SaltLabel.CopyTo(context);
        SHA256.HashData(_bytes, context[SaltLabel.Length..]);
        SHA256.HashData(associatedData, context[(SaltLabel.Length + SHA256.HashSizeInBytes)..]);
        using SecretStreams secrets = random.DrawSecret(secret, maxDegreeOfParallelism: 1, context);
        using SecretStream stream = secrets.Open();
        stream.Fill(salt);
    }
}
