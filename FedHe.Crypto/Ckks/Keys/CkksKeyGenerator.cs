using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Keys;

/// <summary>A key generator makes pairs of keys under a uniform ternary secret.</summary>
internal static class CkksKeyGenerator
{
    /// <summary>Draws a secret polynomial and makes the pair of keys for it.</summary>
    public static KeyPair Generate(CkksRing ring, EncryptionRandomSource random, SecretKeyExportPolicy exportPolicy)
    {
        sbyte[] secret = SecretMemory.Allocate<sbyte>(ring.Degree);
        new SecretSampler(random).Ternary(secret);
        try
        {
            return Create(ring, secret, random, exportPolicy);
        }
        finally
        {
            SecretMemory.Zero<sbyte>(secret);
        }
    }

    /// <summary>Makes a new public key for a secret polynomial, and returns both keys as a pair.</summary>
    public static KeyPair Create(
        CkksRing ring, ReadOnlySpan<sbyte> secret, EncryptionRandomSource random, SecretKeyExportPolicy exportPolicy)
    {
        FixedPolynomial transformed = CkksSecretKey.Transform(ring, secret);
        try
        {
            CkksPublicKey publicKey = CkksPublicKey.Create(ring, transformed, random);
            return new KeyPair(publicKey, new CkksSecretKey(ring, publicKey.KeyId, secret, exportPolicy));
        }
        finally
        {
            transformed.Zero();
        }
    }
}
