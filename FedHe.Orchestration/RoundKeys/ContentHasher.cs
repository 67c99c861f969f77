using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// The round-key content is everything of an upload, or of a sum of uploads, that has a tag: values in clear, segments, the
/// protected round key, and the round key. This class hashes it, in the same way for a client's own upload and for a sum.
/// </summary>
internal sealed class ContentHasher : IDisposable
{
    private const int BlockLength = 1 << 12;

    // A value in clear is an integer in [-2^30, 2^30]; with the offset none is negative, and sums are below the prime of tags
    // for up to 2^18 uploads.
    private const long ClearOffset = 1L << 30;

    private readonly TagKey _key;
    private readonly Attempt _attempt;
    private readonly KeyAdditiveParameters _parameters;
    private readonly LinearHasher _hasher = new();

    public ContentHasher(TagKey key, Attempt attempt, KeyAdditiveParameters parameters)
    {
        _key = key;
        _attempt = attempt;
        _parameters = parameters;
    }

    /// <summary>Hashes values in clear, or their sums over a number of uploads.</summary>
    /// <param name="count">The number of values.</param>
    /// <param name="copy">Copies values from an index on.</param>
    /// <param name="contributors">The number of uploads.</param>
    public LinearHash OfClear(int count, ClearReader copy, int contributors)
    {
        using SegmentPoints points = _key.DeriveSegmentPoints(_attempt.PointContext(TagKind.Clear, segment: 0), TagModulus.Default);
        var integers = new long[Math.Min(count, BlockLength)];
        var words = new ulong[integers.Length];
        _hasher.Begin(points);
        for (int first = 0; first < count; first += integers.Length)
        {
            Span<long> block = integers.AsSpan(0, Math.Min(integers.Length, count - first));
            copy(first, block);
            for (int i = 0; i < block.Length; i++)
            {
                words[i] = (ulong)(block[i] + (contributors * ClearOffset));
            }

            _hasher.Append(words.AsSpan(0, block.Length));
        }

        return _hasher.Complete();
    }

    /// <summary>Hashes one segment of an upload or of a sum.</summary>
    public LinearHash OfSegment(int segment, EncryptedVector vector)
    {
        using SegmentPoints points = _key.DeriveSegmentPoints(_attempt.PointContext(TagKind.Values, segment), TagModulus.Default);
        return UploadHash.Of(_parameters, vector, points, _hasher);
    }

    /// <summary>Hashes a protected round key, or the sum of several, modulo one prime.</summary>
    public LinearHash OfOuter(EncryptedVector vector, ICiphertextResidues residues, int prime, TagModulus modulus)
    {
        using SegmentPoints points = _key.DeriveSegmentPoints(_attempt.PointContext(TagKind.Outer, prime), modulus);
        var polynomial = new ulong[residues.PolynomialLength];
        _hasher.Begin(points);
        for (int i = 0; i < residues.PolynomialCount(vector); i++)
        {
            residues.CopyTo(vector, i, prime, polynomial);
            _hasher.Append(polynomial);
        }

        return _hasher.Complete();
    }

    /// <summary>Hashes a round key.</summary>
    public LinearHash OfKey(RoundKey key)
    {
        long[] wide = SecretMemory.Allocate<long>(key.Length);
        int[] coefficients = SecretMemory.Allocate<int>(key.Length);
        try
        {
            key.CopyCoefficientsTo(wide);
            for (int i = 0; i < wide.Length; i++)
            {
                coefficients[i] = (int)wide[i];
            }

            return OfKey(coefficients, contributors: 1);
        }
        finally
        {
            SecretMemory.Zero<long>(wide);
            SecretMemory.Zero<int>(coefficients);
        }
    }

    /// <summary>Hashes a sum of round keys.</summary>
    public LinearHash OfKey(RoundKeySum key)
    {
        int[] coefficients = SecretMemory.Allocate<int>(key.Length);
        try
        {
            key.CopyCoefficientsTo(coefficients);
            return OfKey(coefficients, key.Contributors);
        }
        finally
        {
            SecretMemory.Zero<int>(coefficients);
        }
    }

    public void Dispose() => _hasher.Dispose();

    /// <summary>Copies values in clear from an index on.</summary>
    public delegate void ClearReader(int first, Span<long> destination);

    private LinearHash OfKey(ReadOnlySpan<int> coefficients, int contributors)
    {
        using KeyPoints points = _key.DeriveKeyPoints(_attempt.PointContext(TagKind.Key, segment: 0), TagModulus.Default);
        return points.TryHashSum(coefficients, RoundKey.LargestCoefficient, contributors, _hasher, out LinearHash hash)
            ? hash
            : throw new InvalidOperationException("The coefficients are those of a sum of round keys.");
    }
}
