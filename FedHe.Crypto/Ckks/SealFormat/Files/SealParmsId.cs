using System.Buffers.Binary;
using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>
/// This class computes SEAL's <c>parms_id</c>, the BLAKE2b-256 hash of scheme, degree, primes and plain modulus. Every
/// level of a modulus chain has its own identity.
/// </summary>
/// <remarks>Source: SEAL's EncryptionParameters::compute_parms_id.</remarks>
internal static class SealParmsId
{
    public const byte CkksScheme = 2;

    /// <summary>Computes the identity of CKKS parameters with the given primes.</summary>
    public static Digest Compute(int degree, ImmutableArray<ulong> primes)
    {
        // Scheme, degree, primes, and 0 for the plain modulus, which CKKS lacks.
        ulong[] words = [CkksScheme, (ulong)degree, .. primes, 0];
        var message = new byte[words.Length * sizeof(ulong)];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(i * sizeof(ulong)), words[i]);
        }

        Span<byte> hash = stackalloc byte[Digest.SizeInBytes];
        Blake2b.Hash(message, hash);
        return new Digest(hash);
    }
}
