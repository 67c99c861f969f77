using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Sharing;

/// <summary>A KEM key is a key of ML-KEM-768.</summary>
/// <remarks>Source: FIPS 203.</remarks>
internal static class KemKey
{
    public const int PublicSizeInBytes = VectorSize + 32;
    public const int CiphertextSizeInBytes = 1088;
    public const int SecretSizeInBytes = 32;

    /// <summary>The number of bytes of a private key: the seeds d and z.</summary>
    public const int SeedSizeInBytes = 64;

    private const int VectorSize = 3 * 256 * 12 / 8;
    private const int Prime = 3329;

    /// <summary>Generates a key of hedged randomness.</summary>
    public static MLKem Generate()
    {
        byte[] seed = SecretMemory.Allocate<byte>(SeedSizeInBytes);
        try
        {
            RandomSource.System.Fill(seed);
            return Import(seed);
        }
        finally
        {
            SecretMemory.Zero<byte>(seed);
        }
    }

    /// <summary>Imports a private key; any seed is one.</summary>
    public static MLKem Import(ReadOnlySpan<byte> seed) => MLKem.ImportPrivateSeed(MLKemAlgorithm.MLKem768, seed);

    /// <summary>Tells whether bytes are a public key: the modulus check of FIPS 203, section 7.2, which needs no ML-KEM.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length != PublicSizeInBytes)
        {
            return false;
        }

        for (int i = 0; i < VectorSize; i += 3)
        {
            int first = encoded[i] | ((encoded[i + 1] & 0x0F) << 8);
            int second = (encoded[i + 1] >> 4) | (encoded[i + 2] << 4);
            if (first >= Prime || second >= Prime)
            {
                return false;
            }
        }

        return true;
    }
}
