using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// A verification key is a public ECDSA P-256 key, which verifies who signed a message. It is immutable and
/// thread-safe; keys with the same bytes are equal.
/// </summary>
#pragma warning disable CA1001 // The framework's key holds nothing secret, and is released when the garbage collector finds it.
public sealed class VerificationKey : IEquatable<VerificationKey>
#pragma warning restore CA1001
{
    /// <summary>The length of a signature in the format of IEEE P1363: 64 bytes.</summary>
    public const int SignatureSizeInBytes = 64;

    /// <summary>The length of the encoded key, an X.509 SubjectPublicKeyInfo: 91 bytes.</summary>
    public const int SizeInBytes = EllipticCurve.EncodedLength;

    private readonly byte[] _encoded;
    private readonly ECDsa _key;
    private readonly Lock _verifying = new();

    private VerificationKey(byte[] encoded, ECDsa key) => (_encoded, _key) = (encoded, key);

    /// <summary>The key, encoded as SubjectPublicKeyInfo.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>Creates the verification key of a signing key.</summary>
    /// <exception cref="ArgumentException">The key is not on P-256.</exception>
    public static VerificationKey Of(ECDsa signingKey)
    {
        ArgumentNullException.ThrowIfNull(signingKey);
        return TryParse(signingKey.ExportSubjectPublicKeyInfo(), out VerificationKey? key)
            ? key
            : throw Throw.NotAP256Key(nameof(signingKey));
    }

    /// <summary>Tries to parse a SubjectPublicKeyInfo from untrusted bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out VerificationKey? key)
    {
        key = null;
        if (!EllipticCurve.TryImport(ECDsa.Create, encoded, out ECDsa? imported))
        {
            return false;
        }

        // Importing a key takes longer than verifying a signature, and most keys verify many.
        key = new VerificationKey(encoded.ToArray(), imported);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(VerificationKey? other) => other is not null && _encoded.AsSpan().SequenceEqual(other._encoded);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VerificationKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_encoded);
        return hash.ToHashCode();
    }

    /// <summary>Returns whether a signature over a SHA-256 hash was made with the private half of this key.</summary>
    internal bool VerifyHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        // The framework's key objects are not thread-safe.
        lock (_verifying)
        {
            return _key.VerifyHash(hash, signature);
        }
    }
}
