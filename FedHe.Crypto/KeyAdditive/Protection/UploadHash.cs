using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.KeyAdditive.Protection;

/// <summary>
/// An upload hash is the linear hash of the integers that a key-additive vector sends, or of their sums: hashes of
/// uploads add up to the hash of their sum.
/// </summary>
/// <remarks>It is thread-safe.</remarks>
public static class UploadHash
{
    private static readonly ConcurrentPool<LinearHasher> Hashers = new(_ => new LinearHasher());

    /// <summary>Hashes all coefficients of a vector.</summary>
    /// <param name="parameters">The parameters of the vector.</param>
    /// <param name="vector">An upload or a sum of uploads.</param>
    /// <param name="points">The points of the vector's segment, modulo <see cref="TagModulus.Default"/>.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    /// <exception cref="HeFormatException">A coefficient is outside the vector's range: bytes that it reads in place have changed.</exception>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    /// <exception cref="ObjectDisposedException">The vector or the points were disposed.</exception>
    public static LinearHash Of(
        KeyAdditiveParameters parameters, EncryptedVector vector, SegmentPoints points, int maxDegreeOfParallelism = 1)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(points);
        KeyAdditiveVector own = VectorGuard.Check<KeyAdditiveVector>(parameters, vector);
        if (maxDegreeOfParallelism == 1)
        {
            return OfRange(parameters, own, points, 0, own.CiphertextCount);
        }

        var hashes = new LinearHash[own.CiphertextCount];
        int[] ends = new int[own.CiphertextCount];
        ParallelRanges.Run(own.CiphertextCount, maxDegreeOfParallelism, (first, end) =>
        {
            hashes[first] = OfRange(parameters, own, points, first, end);
            ends[first] = end;
        });
        LinearHash hash = hashes[0];
        for (int first = ends[0]; first < ends.Length; first = ends[first])
        {
            hash = points.Concatenate(hash, hashes[first]);
        }

        return hash;
    }

    private static LinearHash OfRange(
        KeyAdditiveParameters parameters, KeyAdditiveVector vector, SegmentPoints points, int first, int end)
    {
        LinearHasher hasher = Hashers.Rent();
        try
        {
            SumRange range = vector.Range;
            hasher.Begin(points);
            if (!hasher.TryAppendPacked(vector.Ciphertexts(first, end), range.Width, range.Count, range.Least))
            {
                // Bytes that are read in place may have changed since they were checked. V and V + p would have one hash.
                throw new HeFormatException(FormatError.FieldOutOfRange, "encrypted vector");
            }

            LinearHash hash = hasher.Complete();
            Hashers.Return(hasher);
            return hash;
        }
        catch
        {
            hasher.Dispose();
            throw;
        }
    }
}
