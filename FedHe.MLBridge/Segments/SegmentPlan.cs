using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Parameters;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// A segment plan divides the encrypted values of a model into segments of 64 whole ciphertexts, the last one shorter.
/// It follows from terms and parameters, so it is the same for every party.
/// </summary>
internal readonly record struct SegmentPlan
{
    /// <summary>The number of ciphertexts in every segment but the last; it is part of the wire format.</summary>
    /// <remarks>
    /// A segment and its bytes stay in a core's cache, while the cost of the segment's header and seed remains
    /// negligible.
    /// </remarks>
    public const int CiphertextsPerSegment = 64;

    private readonly int _valuesPerCiphertext;

    /// <summary>Divides a number of values.</summary>
    /// <param name="length">The number of values, at least 0.</param>
    /// <param name="valuesPerCiphertext">The number of values in a ciphertext.</param>
    /// <exception cref="TooLongForMemoryException">There are more segments than an array has elements.</exception>
    public SegmentPlan(long length, int valuesPerCiphertext)
    {
        _valuesPerCiphertext = valuesPerCiphertext;
        Length = length;
        long count = (length + SegmentLength - 1) / SegmentLength;
        Count = count < Array.MaxLength ? (int)count : throw Throw.TooManySegments();
    }

    /// <summary>The number of values in all segments.</summary>
    public long Length { get; }

    /// <summary>The number of values in every segment but the last.</summary>
    public int SegmentLength => CiphertextsPerSegment * _valuesPerCiphertext;

    public int Count { get; }

    public long CiphertextCount => (Length + _valuesPerCiphertext - 1) / _valuesPerCiphertext;

    public static SegmentPlan Of(long vectorLength, HeParameters parameters) => new(vectorLength, parameters.ValuesPerCiphertext);

    /// <summary>Computes the position of a segment's first value among the encrypted values.</summary>
    public long StartOf(int segment) => (long)segment * SegmentLength;

    public int LengthOf(int segment) => (int)Math.Min(SegmentLength, Length - StartOf(segment));

    /// <summary>Computes the length of all segments with their frames, in bytes.</summary>
    /// <param name="context">The public context of the vectors' parameters.</param>
    /// <param name="form">The form of the vectors.</param>
    /// <param name="maxAddedDeviation">
    /// The standard deviation that compression may add, or null when nothing is left out.
    /// </param>
    /// <param name="seeds">The number of seeds in a seed list; 1 for fresh vectors.</param>
    public long EncodedLength(HePublicContext context, VectorForm form, double? maxAddedDeviation, int seeds = 1)
        => (SegmentSet.FrameLength * (long)Count) + Sum(length => VectorLength(context, length, form, maxAddedDeviation, seeds));

    /// <summary>Computes the bytes of memory that vectors of all segments occupy.</summary>
    /// <param name="context">The public context of the vectors' parameters.</param>
    /// <param name="form">The form of the vectors.</param>
    public long MemoryInBytes(HePublicContext context, VectorForm form) => Sum(length => context.MemoryInBytes(length, form));

    /// <summary>Computes the bytes of one segment's fresh vector, without its frame.</summary>
    public long EncodedLengthOf(int segment, HePublicContext context, VectorForm form, double? maxAddedDeviation)
        => VectorLength(context, LengthOf(segment), form, maxAddedDeviation, seeds: 1);

    /// <summary>Adds a size up over all segments, which have one length but for the last one.</summary>
    private long Sum(Func<int, long> sizeOf) => Count == 0 ? 0 : ((Count - 1) * sizeOf(LengthOf(0))) + sizeOf(LengthOf(Count - 1));

    private static long VectorLength(HePublicContext context, int length, VectorForm form, double? maxAddedDeviation, int seeds)
        => maxAddedDeviation is double added && context.Compressor is { } compressor
            ? compressor.EncodedLength(length, form, added, seeds)
            : context.EncodedLength(length, form, seeds);
}
