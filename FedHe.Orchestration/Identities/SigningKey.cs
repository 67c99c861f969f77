using System.Security.Cryptography;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// A signing key is the private ECDSA P-256 key of a client, a server or an authority, with its public half. It is
/// thread-safe, and disposes the framework's key that it was made of.
/// </summary>
internal sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _signing = new();

    /// <summary>Creates a signing key from a key of the framework.</summary>
    /// <exception cref="ArgumentException">The key is not on P-256.</exception>
    public SigningKey(ECDsa key)
    {
        VerificationKey = VerificationKey.Of(key);
        _key = key;
    }

    /// <summary>The public half of the key.</summary>
    public VerificationKey VerificationKey { get; }

    /// <summary>Signs a SHA-256 hash.</summary>
    /// <param name="hash">The hash, 32 bytes.</param>
    /// <param name="signature">Receives the signature: <see cref="VerificationKey.SignatureSizeInBytes"/> bytes.</param>
    public void SignHash(ReadOnlySpan<byte> hash, Span<byte> signature)
    {
        // The framework's key objects are not thread-safe.
        lock (_signing)
        {
            _key.SignHash(hash, signature);
        }
    }

    /// <summary>Exports the private key as PKCS #8; the caller zeroes the bytes.</summary>
    /// <exception cref="InvalidOperationException">The key cannot be exported, because its store keeps it.</exception>
    public byte[] Export()
    {
        try
        {
            lock (_signing)
            {
                return _key.ExportPkcs8PrivateKey();
            }
        }
        catch (CryptographicException exception)
        {
            throw Throw.SigningKeyNotExportable(exception);
        }
    }

    /// <summary>Imports an exported private key on P-256, or returns null.</summary>
    public static ECDsa? TryImport(ReadOnlySpan<byte> exported)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(exported, out int read);
            if (read == exported.Length && VerificationKey.TryParse(key.ExportSubjectPublicKeyInfo(), out _))
            {
                return key;
            }
        }
        catch (CryptographicException)
        {
            // The bytes are no key.
        }

        key.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
