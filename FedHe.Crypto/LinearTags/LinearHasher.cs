using System.Diagnostics;
using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Tags;

namespace FedHe.Crypto.LinearTags;

/// <summary>
/// A linear hasher computes the hash of a range of integers, piece by piece, in memory that it keeps for the next range.
/// </summary>
/// <remarks>
/// Every thread has a hasher of its own: a hasher is not thread-safe, and allocates nothing after its construction. It has a
/// copy of the points between <see cref="Begin(SegmentPoints)"/> and <see cref="Complete()"/>, and zeroes all that it computed
/// with at the end.
/// </remarks>
public sealed class LinearHasher : IDisposable
{
    private static readonly ulong[] Zeros = new ulong[TagKernel.RowLength];

    private readonly AlignedArray<ulong> _accumulators = new(TagKernel.AccumulatorLength);
    private readonly AlignedArray<ulong> _points = new(HashPoints.Length);
    private readonly AlignedArray<ulong> _row = new(TagKernel.RowLength);
    private TagModulus? _modulus;
    private long _length;
    private bool _isDisposed;

    /// <summary>Begins a range, and forgets a range that was not completed.</summary>
    /// <param name="points">The points of the segment, which may be disposed before the range is complete.</param>
    /// <exception cref="ObjectDisposedException">The hasher or the points were disposed.</exception>
    public void Begin(SegmentPoints points)
    {
        ArgumentNullException.ThrowIfNull(points);
        Begin(points.Secret, points.Modulus);
    }

    /// <summary>Appends the next integers of the range.</summary>
    /// <param name="values">Words whose upper bits, after the shift, are below the prime of the points.</param>
    /// <param name="dropped">The number of low bits that every word is shifted by before it is hashed, in [0, 63].</param>
    /// <exception cref="InvalidOperationException">No range was begun.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dropped"/> is outside its range.</exception>
    /// <remarks>
    /// Larger integers have a hash without meaning: the caller guarantees the range, or uses <see cref="TryAppend"/>.
    /// </remarks>
    public void Append(ReadOnlySpan<ulong> values, int dropped = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dropped);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dropped, 63);
        TagModulus modulus = DemandModulus();
        int column = (int)(_length % TagKernel.RowLength);
        modulus.Kernel.MultiplyAdd(values, dropped, column, new HashPoints(_points), _accumulators, modulus.Arithmetic);
        _length += values.Length;
    }

    /// <summary>Appends the next integers of the range, or refuses all of them when one of them is too large.</summary>
    /// <param name="values">The integers, such as a sum that was received.</param>
    /// <param name="maximum">The largest integer to accept, such as n*(2^k - 1), below the prime of the points.</param>
    /// <returns>Whether all integers were at most the maximum; if not, nothing was appended.</returns>
    /// <exception cref="InvalidOperationException">No range was begun.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="maximum"/> is not below the prime: V and V + p would have one hash.
    /// </exception>
    public bool TryAppend(ReadOnlySpan<ulong> values, ulong maximum)
    {
        TagModulus modulus = DemandModulus();
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(maximum, (ulong)modulus.Prime);
        if (!modulus.Kernel.AreAtMost(values, maximum))
        {
            return false;
        }

        Append(values);
        return true;
    }

    /// <summary>Ends the range, with the last row filled up with zeros, and zeroes points and sums.</summary>
    /// <returns>The hash of the range.</returns>
    /// <exception cref="InvalidOperationException">No range was begun.</exception>
    public LinearHash Complete() => Complete(_length);

    /// <summary>Zeroes the memory of the hasher.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        Clear();
    }

    /// <summary>Returns a fixed text, because points and sums are never shown.</summary>
    public override string ToString() => "Linear hasher";

    /// <summary>Appends packed integers to a range of which whole rows were appended, and tells whether all integers were below a limit.</summary>
    /// <param name="source">The packed integers, a multiple of eight.</param>
    /// <param name="width">The bits of an integer, in [1, <see cref="TagKernel.MaxPackedWidth"/>].</param>
    /// <param name="limit">The exclusive limit of a packed integer.</param>
    /// <param name="offset">The number that is added to every integer; sums are below the prime of the points.</param>
    internal bool TryAppendPacked(ReadOnlySpan<byte> source, int width, ulong limit, ulong offset)
    {
        TagModulus modulus = DemandModulus();
        Debug.Assert(_length % TagKernel.RowLength == 0, "Packed integers begin a row.");
        bool areInRange = modulus.Kernel.TryMultiplyAdd(source, width, limit, offset, new HashPoints(_points), _accumulators, modulus.Arithmetic);
        _length += 8L * source.Length / width;
        return areInRange;
    }

    internal void Begin(PinnedSecret<ulong> points, TagModulus modulus)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_modulus is not null)
        {
            Clear();
        }

        lock (points.Gate)
        {
            points.Span.CopyTo(_points);
        }

        _modulus = modulus;
    }

    /// <summary>Appends one row of small integers, filled up with zeros, each with an offset that makes it non-negative.</summary>
    internal void AppendRow<T>(ReadOnlySpan<T> values, int offset)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<ulong> row = _row.Span;
        for (int i = 0; i < values.Length; i++)
        {
            row[i] = (ulong)(long.CreateTruncating(values[i]) + offset);
        }

        row[values.Length..].Clear();
        Append(row);
    }

    /// <summary>Ends the range under another count of integers than the hasher has.</summary>
    internal LinearHash Complete(long length)
    {
        TagModulus modulus = DemandModulus();
        int column = (int)(_length % TagKernel.RowLength);
        if (column != 0)
        {
            Append(Zeros.AsSpan(column));
        }

        (ulong first, ulong second) = modulus.Kernel.Fold(_accumulators, new HashPoints(_points), modulus.Arithmetic);
        Clear();
        return new LinearHash((ulong)modulus.Prime, length, new ResiduePair(first, second));
    }

    private TagModulus DemandModulus()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _modulus ?? throw Throw.HasherIdle();
    }

    private void Clear()
    {
        SecretMemory.Zero(_accumulators.Span);
        SecretMemory.Zero(_points.Span);
        SecretMemory.Zero(_row.Span);
        _modulus = null;
        _length = 0;
    }
}
