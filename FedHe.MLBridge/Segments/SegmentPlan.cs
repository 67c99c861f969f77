using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Parameters;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// How the encrypted values of a model are cut into segments: runs of 64 whole ciphertexts, the last one shorter. Follows
/// from terms and parameters, so it is the same for every party; 64 is part of the wire format.
/// </summary>
internal readonly record struct SegmentPlan(int Length, int ValuesPerCiphertext)
{
    /// <summary>
    /// Few enough that a segment and its bytes stay in a core's cache, many enough that its header and seed do not count.
    /// </summary>
    public const int CiphertextsPerSegment = 64;

    /// <summary>Values in every segment but the last.</summary>
    public int SegmentLength => CiphertextsPerSegment * ValuesPerCiphertext;

    public int Count => (int)(((long)Length + SegmentLength - 1) / SegmentLength);

    public int CiphertextCount => (int)(((long)Length + ValuesPerCiphertext - 1) / ValuesPerCiphertext);

    public static SegmentPlan Of(int vectorLength, HeParameters parameters)
        => new(vectorLength, parameters.ValuesPerCiphertext);

    /// <summary>Number of values before a segment.</summary>
    public int StartOf(int segment) => checked(segment * SegmentLength);

    public int LengthOf(int segment) => Math.Min(SegmentLength, Length - StartOf(segment));

    /// <summary>Computes the bytes of all segments, their frames included.</summary>
    /// <param name="context">The parameters of the vectors.</param>
    /// <param name="form">The form of the vectors.</param>
    /// <param name="maxAddedDeviation">What compression may add, or null where nothing is left out.</param>
    /// <param name="seeds">Number of seeds of a seed list; 1 for fresh vectors.</param>
    public long EncodedLength(HePublicContext context, VectorForm form, double? maxAddedDeviation, int seeds = 1)
        => Count == 0 ? 0
            : (SegmentSet.FrameLength * (long)Count)
                + ((Count - 1) * VectorLength(context, LengthOf(0), form, maxAddedDeviation, seeds))
                + VectorLength(context, LengthOf(Count - 1), form, maxAddedDeviation, seeds);

    private static long VectorLength(HePublicContext context, int length, VectorForm form, double? maxAddedDeviation, int seeds)
        => maxAddedDeviation is double added && context.Compressor is { } compressor
            ? compressor.EncodedLength(length, form, added, seeds)
            : context.EncodedLength(length, form, seeds);
}
