using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Parameters;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// A segment plan divides the encrypted values of a model into segments of 64 whole ciphertexts, the last one shorter.
/// It follows from terms and parameters, so it is the same for every party.
/// </summary>
internal readonly record struct SegmentPlan(int Length, int ValuesPerCiphertext)
{
    /// <summary>The number of ciphertexts in every segment but the last; it is part of the wire format.</summary>
    /// <remarks>
    /// A segment and its bytes stay in a core's cache, while the cost of the segment's header and seed remains
    /// negligible.
    /// </remarks>
    public const int CiphertextsPerSegment = 64;

    /// <summary>The number of values in every segment but the last.</summary>
    public int SegmentLength => CiphertextsPerSegment * ValuesPerCiphertext;

    public int Count => (int)(((long)Length + SegmentLength - 1) / SegmentLength);

    public int CiphertextCount => (int)(((long)Length + ValuesPerCiphertext - 1) / ValuesPerCiphertext);

    public static SegmentPlan Of(int vectorLength, HeParameters parameters)
        => new(vectorLength, parameters.ValuesPerCiphertext);

    /// <summary>Computes the position of a segment's first value among the encrypted values.</summary>
    public int StartOf(int segment) => checked(segment * SegmentLength);

    public int LengthOf(int segment) => Math.Min(SegmentLength, Length - StartOf(segment));

    /// <summary>Computes the length of all segments with their frames, in bytes.</summary>
    /// <param name="context">The public context of the vectors' parameters.</param>
    /// <param name="form">The form of the vectors.</param>
    /// <param name="maxAddedDeviation">
    /// The standard deviation that compression may add, or null when nothing is left out.
    /// </param>
    /// <param name="seeds">The number of seeds in a seed list; 1 for fresh vectors.</param>
    public long EncodedLength(HePublicContext context, VectorForm form, double? maxAddedDeviation, int seeds = 1)
        => Count == 0 ? 0
            : (SegmentSet.FrameLength * (long)Count)
                + ((Count - 1) * VectorLength(context, LengthOf(0), form, maxAddedDeviation, seeds))
                + VectorLength(context, LengthOf(Count - 1), form, maxAddedDeviation, seeds);

    /// <summary>Computes the bytes of one segment's fresh vector, without its frame.</summary>
    public long EncodedLengthOf(int segment, HePublicContext context, VectorForm form, double? maxAddedDeviation)
        => VectorLength(context, LengthOf(segment), form, maxAddedDeviation, seeds: 1);

    private static long VectorLength(HePublicContext context, int length, VectorForm form, double? maxAddedDeviation, int seeds)
        => maxAddedDeviation is double added && context.Compressor is { } compressor
            ? compressor.EncodedLength(length, form, added, seeds)
            : context.EncodedLength(length, form, seeds);
}
