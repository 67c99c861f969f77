using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// The elliptic curve of all keys of clients and authorities, with the only accepted encoding of public keys.
/// </summary>
/// <remarks>Source: SubjectPublicKeyInfo of an uncompressed point on secp256r1, RFC 5480 section 2.</remarks>
internal static class EllipticCurve
{
    /// <summary>The length of an encoded public key, in bytes.</summary>
    public const int EncodedLength = 91;

    public static ECCurve P256 => ECCurve.NamedCurves.nistP256;

    private static ReadOnlySpan<byte> Prefix =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
        0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];

    /// <summary>
    /// Imports an encoded public key into a new key object; returns false when the bytes are not a key.
    /// </summary>
    /// <remarks>
    /// The prefix is compared first, because the framework would parse any curve that an untrusted sender names, and
    /// because each key must have only one encoding.
    /// </remarks>
    public static bool TryImport<TKey>(Func<TKey> create, ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out TKey? key)
        where TKey : ECAlgorithm
    {
        key = null;
        if (encoded.Length != EncodedLength || !encoded.StartsWith(Prefix))
        {
            return false;
        }

        TKey candidate = create();
        try
        {
            candidate.ImportSubjectPublicKeyInfo(encoded, out _);
            key = candidate;
            return true;
        }
        catch (CryptographicException)
        {
            // The point is not on the curve.
            candidate.Dispose();
            return false;
        }
    }
}
