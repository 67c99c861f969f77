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
/// <remarks>Segments may be hashed on several threads; the others share memory.</remarks>
internal sealed class ContentHasher : IDisposable
{
    public const int BlockLength = 1 << 12;

    // A value in clear is an integer in [-2^30, 2^30]; with the offset none is negative, and sums are below the prime of tags
    // for up to 2^18 uploads.
    private const long ClearOffset = 1L << 30;

    private readonly TagKey _key;
    private readonly Attempt _attempt;
    private readonly KeyAdditiveParameters _parameters;
    private readonly LinearHasher _hasher = new();
    private readonly ulong[] _words = new ulong[BlockLength];

    public ContentHasher(TagKey key, Attempt attempt, KeyAdditiveParameters parameters)
    {
        _key = key;
        _attempt = attempt;
        _parameters = parameters;
    }

    /// <summary>A method that copies values in clear, or their sums, from an index on.</summary>
    public delegate void CopyClear(long first, Span<long> destination);

    /// <summary>Begins the hash of values in clear, or of their sums.</summary>
    public void BeginClear()
    {
        using SegmentPoints points = _key.DeriveSegmentPoints(_attempt.PointContext(TagKind.Clear, segment: 0), TagModulus.Default);
        _hasher.Begin(points);
    }

    /// <summary>Appends values in clear, or their sums.</summary>
    /// <param name="integers">The next values.</param>
    /// <param name="contributors">The number of uploads.</param>
    public void AppendClear(ReadOnlySpan<long> integers, int contributors)
    {
        while (!integers.IsEmpty)
        {
            ReadOnlySpan<long> block = integers[..Math.Min(integers.Length, BlockLength)];
            for (int i = 0; i < block.Length; i++)
            {
                _words[i] = (ulong)(block[i] + (contributors * ClearOffset));
            }

            _hasher.Append(_words.AsSpan(0, block.Length));
            integers = integers[block.Length..];
        }
    }

    /// <summary>Ends the hash of values in clear.</summary>
    public LinearHash CompleteClear() => _hasher.Complete();

    /// <summary>Hashes all values in clear of an upload, or their sums.</summary>
    /// <param name="count">The number of values.</param>
    /// <param name="copy">Copies values.</param>
    /// <param name="contributors">The number of uploads.</param>
    public LinearHash OfClear(long count, CopyClear copy, int contributors)
    {
        var block = new long[(int)Math.Min(count, BlockLength)];
        BeginClear();
        for (long first = 0; first < count; first += block.Length)
        {
            Span<long> integers = block.AsSpan(0, (int)Math.Min(block.Length, count - first));
            copy(first, integers);
            AppendClear(integers, contributors);
        }

        return CompleteClear();
    }

    /// <summary>Hashes one segment of an upload or of a sum.</summary>
    /// <param name="segment">The index of the segment.</param>
    /// <param name="vector">The segment.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public LinearHash OfSegment(int segment, EncryptedVector vector, int maxDegreeOfParallelism)
    {
        using SegmentPoints points = _key.DeriveSegmentPoints(_attempt.PointContext(TagKind.Values, segment), TagModulus.Default);
        return UploadHash.Of(_parameters, vector, points, maxDegreeOfParallelism);
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

    /// <summary>Hashes the coefficients of a round key, or of a sum of several, unless a coefficient is larger than such keys can have.</summary>
    public bool TryOfKey(ReadOnlySpan<int> coefficients, int contributors, out LinearHash hash)
    {
        using KeyPoints points = _key.DeriveKeyPoints(_attempt.PointContext(TagKind.Key, segment: 0), TagModulus.Default);
        return points.TryHashSum(coefficients, RoundKey.LargestCoefficient, contributors, _hasher, out hash);
    }

    private LinearHash OfKey(ReadOnlySpan<int> coefficients, int contributors)
        => TryOfKey(coefficients, contributors, out LinearHash hash)
            ? hash
            : throw new InvalidOperationException("The coefficients are those of a sum of round keys.");
}
