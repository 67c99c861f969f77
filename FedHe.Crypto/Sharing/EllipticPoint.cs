using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Sharing;

/// <summary>An elliptic point is a public key on P-256, in the one encoding that is accepted.</summary>
/// <remarks>
/// Source: the uncompressed form of SEC 1, version 2, section 2.3.3: a byte 4 and the two coordinates, big-endian. The compressed form is
/// half as long, but the framework does not read it.
/// </remarks>
internal static class EllipticPoint
{
    public const int SizeInBytes = 1 + (2 * CoordinateSize);

    /// <summary>The number of bytes of an exported private key: the private number, then the point.</summary>
    public const int PrivateSizeInBytes = CoordinateSize + SizeInBytes;

    /// <summary>The number of bytes of a shared secret.</summary>
    public const int SecretSizeInBytes = CoordinateSize;

    private const int CoordinateSize = 32;
    private const byte Uncompressed = 4;

    /// <summary>The prime of the curve's field: coordinates are below it, so that a point has one encoding.</summary>
    private static ReadOnlySpan<byte> FieldPrime =>
    [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    ];

    /// <summary>Generates a key pair by the randomness of the platform, which is not hedged.</summary>
    public static ECDiffieHellman Generate() => ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Copies a key without its private number.</summary>
    public static ECDiffieHellman PublicPartOf(ECDiffieHellman key)
        => ECDiffieHellman.Create(key.ExportParameters(includePrivateParameters: false));

    /// <summary>Writes the point of a key.</summary>
    public static void Write(ECDiffieHellman key, Span<byte> destination)
        => Write(key.ExportParameters(includePrivateParameters: false).Q, destination);

    /// <summary>Imports a point, and returns false for bytes that are none.</summary>
    public static bool TryImport(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out ECDiffieHellman? key)
        => TryImport(encoded, privateNumber: null, out key);

    /// <summary>Writes a private key.</summary>
    public static void WritePrivate(ECDiffieHellman key, Span<byte> destination)
    {
        ECParameters parameters = key.ExportParameters(includePrivateParameters: true);
        try
        {
            parameters.D.CopyTo(destination);
            Write(parameters.Q, destination[CoordinateSize..]);
        }
        finally
        {
            SecretMemory.Zero<byte>(parameters.D);
        }
    }

    /// <summary>Imports a private key, and returns false for bytes that are none.</summary>
    public static bool TryImportPrivate(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out ECDiffieHellman? key)
    {
        byte[] number = SecretMemory.Allocate<byte>(CoordinateSize);
        try
        {
            encoded[..CoordinateSize].CopyTo(number);
            return TryImport(encoded[CoordinateSize..], number, out key);
        }
        finally
        {
            SecretMemory.Zero<byte>(number);
        }
    }

    /// <summary>Computes the shared secret of two keys, which the caller zeroes.</summary>
    public static void Agree(ECDiffieHellman own, ECDiffieHellman other, Span<byte> secret)
    {
        using ECDiffieHellmanPublicKey otherPublic = other.PublicKey;
        byte[] shared = own.DeriveRawSecretAgreement(otherPublic);
        shared.CopyTo(secret);
        SecretMemory.Zero<byte>(shared);
    }

    private static bool TryImport(
        ReadOnlySpan<byte> encoded, byte[]? privateNumber, [NotNullWhen(true)] out ECDiffieHellman? key)
    {
        key = null;
        if (encoded.Length != SizeInBytes || encoded[0] != Uncompressed)
        {
            return false;
        }

        ReadOnlySpan<byte> x = encoded.Slice(1, CoordinateSize);
        ReadOnlySpan<byte> y = encoded.Slice(1 + CoordinateSize, CoordinateSize);
        if (x.SequenceCompareTo(FieldPrime) >= 0 || y.SequenceCompareTo(FieldPrime) >= 0)
        {
            return false;
        }

        var parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = x.ToArray(), Y = y.ToArray() },
            D = privateNumber,
        };
        try
        {
            key = ECDiffieHellman.Create(parameters);
            return true;
        }
        catch (CryptographicException)
        {
            // The point is not on the curve, or the private number is not its own.
            return false;
        }
    }

    private static void Write(ECPoint point, Span<byte> destination)
    {
        destination[0] = Uncompressed;
        point.X.CopyTo(destination[1..]);
        point.Y.CopyTo(destination[(1 + CoordinateSize)..]);
    }
}
