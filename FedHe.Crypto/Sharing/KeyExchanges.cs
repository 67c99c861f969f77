using System.Security.Cryptography;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Sharing;

/// <summary>This class tells what this machine can do, and how long keys and boxes of a key exchange are.</summary>
public static class KeyExchanges
{
    /// <summary>The strongest key exchange that this machine supports.</summary>
    public static KeyExchange Strongest { get; } = IsSupported(KeyExchange.P256MLKem768) ? KeyExchange.P256MLKem768 : KeyExchange.P256;

    /// <summary>Tells whether this machine can generate keys, seal and open boxes.</summary>
    /// <param name="exchange">The key exchange; one that is not defined is not supported.</param>
    public static bool IsSupported(KeyExchange exchange) => exchange switch
    {
        KeyExchange.P256 => AesGcm.IsSupported,
        KeyExchange.P256MLKem768 => AesGcm.IsSupported && MLKem.IsSupported,
        _ => false,
    };

    /// <summary>Computes the number of bytes of a public key: 65 with P-256, and 1249 with ML-KEM-768 as well.</summary>
    /// <param name="exchange">The key exchange, which this machine need not support.</param>
    /// <exception cref="ArgumentOutOfRangeException">The key exchange is not defined.</exception>
    public static int PublicKeySize(KeyExchange exchange)
        => EllipticPoint.SizeInBytes + (HasKem(exchange) ? KemKey.PublicSizeInBytes : 0);

    /// <summary>
    /// Computes the number of bytes by which a box is longer than its secret: 113 with P-256, and 1201 with ML-KEM-768 as well.
    /// </summary>
    /// <param name="exchange">The key exchange, which this machine need not support.</param>
    /// <exception cref="ArgumentOutOfRangeException">The key exchange is not defined.</exception>
    public static int BoxOverhead(KeyExchange exchange) => BoxLayout.Of(exchange).Overhead;

    /// <summary>Tells whether a key exchange takes a key encapsulation besides the elliptic curve.</summary>
    internal static bool HasKem(KeyExchange exchange) => exchange switch
    {
        KeyExchange.P256 => false,
        KeyExchange.P256MLKem768 => true,
        _ => throw new ArgumentOutOfRangeException(nameof(exchange), exchange, "The key exchange is not defined."),
    };

    /// <summary>Computes the number of bytes of an exported private key.</summary>
    internal static int PrivateKeySize(KeyExchange exchange)
        => EllipticPoint.PrivateSizeInBytes + (HasKem(exchange) ? KemKey.SeedSizeInBytes : 0);

    /// <exception cref="HePlatformException">This machine lacks the key exchange.</exception>
    internal static void Demand(KeyExchange exchange)
    {
        bool hasKem = HasKem(exchange);
        if (!IsSupported(exchange))
        {
            throw Throw.KeyExchangeMissing(hasKem && AesGcm.IsSupported ? "ML-KEM" : "AES-GCM");
        }
    }
}
