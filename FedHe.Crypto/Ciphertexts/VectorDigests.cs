using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;

namespace FedHe.Crypto.Ciphertexts;

/// <summary>Vector digests are the SHA-256 digests of encoded vectors, computed for several vectors at once where that is faster.</summary>
public static class VectorDigests
{
    /// <summary>Returns how many of a number of vectors are best digested at once on this machine, at least 1.</summary>
    /// <param name="count">The number of vectors that there are for one thread.</param>
    public static int BestCountOf(int count) => DigestKernel.Default.BestCountOf(count);

    /// <summary>Computes the digest of what each vector writes.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="digests">Receives one digest for each vector.</param>
    /// <remarks>
    /// Only key-additive vectors lie in memory as they are written. Of every other one the method keeps an encoded copy, all at once: pass few of them.
    /// </remarks>
    /// <exception cref="ArgumentException">The number of digests is wrong.</exception>
    /// <exception cref="ObjectDisposedException">A vector was disposed.</exception>
    public static void Compute(ReadOnlySpan<EncryptedVector> vectors, Span<Digest> digests)
    {
        if (digests.Length != vectors.Length)
        {
            throw new ArgumentException("There is one digest for each vector.", nameof(digests));
        }

        // Nothing is copied where a vector lies in memory as it is written.
        EncryptedVector[] all = vectors.ToArray();
        var heads = new ArrayBufferWriter<byte>[all.Length];
        int[] lengths = new int[all.Length];
        for (int i = 0; i < all.Length; i++)
        {
            heads[i] = new ArrayBufferWriter<byte>();
            all[i].WriteHead(heads[i]);
            lengths[i] = checked(heads[i].WrittenCount + all[i].Tail.Length);
        }

        byte[] bytes = new byte[SHA256.HashSizeInBytes * all.Length];
        DigestKernel.Default.Compute(lengths, Read, bytes);
        for (int i = 0; i < all.Length; i++)
        {
            digests[i] = new Digest(bytes.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
        }

        void Read(int vector, int start, Span<byte> destination)
        {
            ReadOnlySpan<byte> head = heads[vector].WrittenSpan;
            if (start < head.Length)
            {
                head = head[start..Math.Min(head.Length, start + destination.Length)];
                head.CopyTo(destination);
                destination = destination[head.Length..];
                start = heads[vector].WrittenCount;
            }

            all[vector].Tail.Slice(start - heads[vector].WrittenCount, destination.Length).CopyTo(destination);
        }
    }
}
