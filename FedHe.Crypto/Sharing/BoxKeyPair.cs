using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Sharing;

/// <summary>A box key pair opens the boxes of one member in one round. It is thread-safe.</summary>
/// <remarks>
/// <para>
/// The private part lies in memory of the platform's cryptographic library, which clears it when the pair is disposed or forgotten. Copies in
/// managed memory are zeroed after use. Two of them are made by the framework in arrays that the garbage collector could move before:
/// the private number of an export, and the shared secret of every box.
/// </para>
/// The point's private number comes from the platform's randomness, and the key of ML-KEM-768 from hedged randomness. A machine that
/// is resumed twice from one snapshot may draw one point twice: it counts as corrupt.
/// </remarks>
[DebuggerDisplay("Box key pair")]
public sealed class BoxKeyPair : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ECDiffieHellman _point;
    private readonly MLKem? _kem;
    private bool _isDisposed;

    private BoxKeyPair(KeyExchange exchange, ECDiffieHellman point, MLKem? kem)
    {
        _point = point;
        _kem = kem;
        byte[] bytes = new byte[KeyExchanges.PublicKeySize(exchange)];
        EllipticPoint.Write(point, bytes);
        kem?.ExportEncapsulationKey(bytes.AsSpan(EllipticPoint.SizeInBytes));
        PublicKey = new BoxPublicKey(exchange, bytes, EllipticPoint.PublicPartOf(point));
    }

    /// <summary>The public key of the pair.</summary>
    public BoxPublicKey PublicKey { get; }

    /// <summary>The key exchange that the pair is for.</summary>
    public KeyExchange Exchange => PublicKey.Exchange;

    /// <summary>The number of bytes of the exported private key: 97 with P-256, and 161 with ML-KEM-768 as well.</summary>
    public int ExportSize => KeyExchanges.PrivateKeySize(Exchange);

    /// <summary>Generates a key pair.</summary>
    /// <param name="exchange">The key exchange.</param>
    /// <exception cref="HePlatformException">This machine lacks the key exchange.</exception>
    /// <exception cref="HeRandomnessException">The operating system gives no random bytes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The key exchange is not defined.</exception>
    public static BoxKeyPair Generate(KeyExchange exchange)
    {
        KeyExchanges.Demand(exchange);
        MLKem? kem = KeyExchanges.HasKem(exchange) ? KemKey.Generate() : null;
        return new BoxKeyPair(exchange, EllipticPoint.Generate(), kem);
    }

    /// <summary>Reads a private key, and refuses bytes that are none.</summary>
    /// <param name="exchange">The key exchange.</param>
    /// <param name="source">The bytes that <see cref="ExportPrivate"/> wrote; untrusted.</param>
    /// <param name="pair">The key pair, which the caller disposes.</param>
    /// <returns>Whether the bytes are a private number with its point on the curve, and a seed of ML-KEM-768 if the exchange has one.</returns>
    /// <exception cref="HePlatformException">This machine lacks the key exchange.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The key exchange is not defined.</exception>
    public static bool TryImportPrivate(
        KeyExchange exchange, ReadOnlySpan<byte> source, [NotNullWhen(true)] out BoxKeyPair? pair)
    {
        KeyExchanges.Demand(exchange);
        pair = null;
        if (source.Length != KeyExchanges.PrivateKeySize(exchange)
            || !EllipticPoint.TryImportPrivate(source[..EllipticPoint.PrivateSizeInBytes], out ECDiffieHellman? point))
        {
            return false;
        }

        MLKem? kem = KeyExchanges.HasKem(exchange) ? KemKey.Import(source[EllipticPoint.PrivateSizeInBytes..]) : null;
        pair = new BoxKeyPair(exchange, point, kem);
        return true;
    }

    /// <summary>Writes the private key in clear, for a file that the caller encrypts. The caller zeroes the bytes.</summary>
    /// <param name="destination">Receives <see cref="ExportSize"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="ObjectDisposedException">The pair was disposed.</exception>
    public void ExportPrivate(Span<byte> destination)
    {
        if (destination.Length != ExportSize)
        {
            throw new ArgumentException($"A private key has {ExportSize} bytes.", nameof(destination));
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            EllipticPoint.WritePrivate(_point, destination);
            _kem?.ExportPrivateSeed(destination[EllipticPoint.PrivateSizeInBytes..]);
        }
    }

    /// <summary>Opens a box.</summary>
    /// <param name="box">The box; untrusted.</param>
    /// <param name="associatedData">The bytes that the box was bound to.</param>
    /// <param name="secret">
    /// Receives the secret, whose length the caller knows; zeros where the result is false. The caller zeroes the secret.
    /// </param>
    /// <returns>Whether the box was sealed to this key, with this associated data and a secret of this length, and not changed.</returns>
    /// <exception cref="ObjectDisposedException">The pair was disposed.</exception>
    public bool TryOpen(ReadOnlySpan<byte> box, ReadOnlySpan<byte> associatedData, Span<byte> secret)
    {
        Span<byte> secrets = stackalloc byte[BoxCipher.MaxSecretsSize];
        bool isOpen = false;
        try
        {
            isOpen = box.Length - (long)KeyExchanges.BoxOverhead(Exchange) == secret.Length
                && TryAgree(box, secrets, out int size)
                && BoxCipher.TryDecrypt(PublicKey, secrets[..size], box, associatedData, secret);
            return isOpen;
        }
        finally
        {
            SecretMemory.Zero(secrets);
            if (!isOpen)
            {
                SecretMemory.Zero(secret);
            }
        }
    }

    /// <summary>Releases the private key.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _point.Dispose();
            _kem?.Dispose();
        }
    }

    /// <summary>Returns a fixed text, because a key never shows its content.</summary>
    public override string ToString() => "Box key pair";

    private bool TryAgree(ReadOnlySpan<byte> box, Span<byte> secrets, out int size)
    {
        BoxLayout layout = BoxLayout.Of(Exchange);
        size = 0;
        if (!EllipticPoint.TryImport(box[BoxLayout.Ephemeral], out ECDiffieHellman? ephemeral))
        {
            return false;
        }

        using (ephemeral)
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                if (_kem is not null)
                {
                    _kem.Decapsulate(box[layout.KemCiphertext], secrets[..KemKey.SecretSizeInBytes]);
                    size += KemKey.SecretSizeInBytes;
                }

                EllipticPoint.Agree(_point, ephemeral, secrets.Slice(size, EllipticPoint.SecretSizeInBytes));
                size += EllipticPoint.SecretSizeInBytes;
            }
        }

        return true;
    }
}
