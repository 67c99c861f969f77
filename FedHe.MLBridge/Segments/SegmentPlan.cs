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

    /// <summary>Bytes of all segments, from the encoded length of a vector of so many values.</summary>
    public long EncodedLength(Func<int, long> vectorLength)
        => Count == 0
            ? 0
            : (SegmentSet.FrameLength * (long)Count) + ((Count - 1) * vectorLength(LengthOf(0))) + vectorLength(LengthOf(Count - 1));
}
