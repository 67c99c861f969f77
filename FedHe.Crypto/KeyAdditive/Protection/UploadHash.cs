using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.KeyAdditive.Protection;

/// <summary>
/// An upload hash is the linear hash of the integers that a key-additive vector sends, or of their sums: hashes of
/// uploads add up to the hash of their sum.
/// </summary>
/// <remarks>It is thread-safe, and hashes on the thread of the caller.</remarks>
public static class UploadHash
{
    /// <summary>Hashes all coefficients of a vector.</summary>
    /// <param name="parameters">The parameters of the vector.</param>
    /// <param name="vector">An upload or a sum of uploads.</param>
    /// <param name="points">The points of the vector's segment, modulo <see cref="TagModulus.Default"/>.</param>
    /// <param name="hasher">The idle hasher whose memory is used.</param>
    /// <exception cref="HeMismatchException">The vector belongs to other parameters.</exception>
    /// <exception cref="ObjectDisposedException">The vector, the points or the hasher were disposed.</exception>
    public static LinearHash Of(KeyAdditiveParameters parameters, EncryptedVector vector, SegmentPoints points, LinearHasher hasher)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(hasher);
        KeyAdditiveVector own = VectorGuard.Check<KeyAdditiveVector>(parameters, vector);
        var integers = new AlignedArray<ulong>(parameters.Degree);
        SumRange range = own.Range;
        hasher.Begin(points);
        for (int i = 0; i < own.CiphertextCount; i++)
        {
            PackedSumKernel.Default.TryRestore(own.Ciphertext(i), range.Width, range.Count, shift: 0, range.Least, integers);
            hasher.Append(integers);
        }

        return hasher.Complete();
    }
}
