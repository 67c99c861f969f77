using System.Security.Cryptography;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Threads;

namespace FedHe.Crypto.Ckks.Threshold.Opening;

/// <summary>
/// This class names ciphertexts by what a key share is multiplied by: the second polynomial c1, transformed, eight little-endian bytes a
/// residue, prime by prime.
/// </summary>
internal static class CiphertextDigests
{
    /// <summary>Computes the SHA-256 digest of every c1 of a vector.</summary>
    public static Digest[] Of(CkksRing ring, CkksVector vector)
    {
        var digests = new Digest[vector.CiphertextCount];
        ParallelRanges.Run(vector.CiphertextCount, ring.MaxDegreeOfParallelism, (first, end) =>
        {
            using CkksWorkspace workspace = ring.Workspaces.Rent();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> digest = stackalloc byte[Digest.SizeInBytes];
            for (int ciphertext = first; ciphertext < end; ciphertext++)
            {
                for (int limb = 0; limb < vector.LimbCount; limb++)
                {
                    ReadOnlySpan<ulong> c1 = vector.Limb(ciphertext, polynomial: 1, limb, workspace.Polynomial);
                    hash.AppendData(UniversalHashKernel.BytesOf(c1));
                }

                hash.GetHashAndReset(digest);
                digests[ciphertext] = new Digest(digest);
            }
        });
        return digests;
    }

    /// <summary>Computes one digest of all ciphertexts of a vector.</summary>
    public static Digest Join(ReadOnlySpan<Digest> digests)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        hash.AppendData("FedHe opened vector 1"u8);
        foreach (Digest digest in digests)
        {
            digest.CopyTo(bytes);
            hash.AppendData(bytes);
        }

        hash.GetHashAndReset(bytes);
        return new Digest(bytes);
    }
}
