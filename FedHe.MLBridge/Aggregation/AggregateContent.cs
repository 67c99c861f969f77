using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// The content that an aggregate and the saved state of an unfinished aggregation share, with its encoding.
/// </summary>
/// <param name="JobId">The job of all updates.</param>
/// <param name="Round">The round of all updates.</param>
/// <param name="Contributions">The number of updates, at least 1.</param>
/// <param name="TotalWeight">The sum of the weights; 0 when they are hidden.</param>
/// <param name="ClearSums">The weighted sums of the values in clear.</param>
/// <param name="Segments">The encrypted weighted sums; none when the mask encrypts nothing.</param>
internal sealed record AggregateContent(
    Guid JobId, int Round, int Contributions, long TotalWeight, ClearIntegers ClearSums, SegmentSet Segments)
{
    private const int FixedLength = 16 + sizeof(int) + sizeof(int) + sizeof(long);

    /// <summary>The sum of the integers by which the updates' vectors were multiplied.</summary>
    public long Factor => FactorOf(TotalWeight, Contributions);

    public long EncodedLength => EncodedLengthOf(ClearSums.Count, Segments.EncodedLength);

    public static long FactorOf(long totalWeight, int contributions) => totalWeight > 0 ? totalWeight : contributions;

    public static long EncodedLengthOf(int clearCount, long segmentsLength)
        => FixedLength + (sizeof(long) * (long)clearCount) + segmentsLength;

    /// <summary>Writes all fields except the segments.</summary>
    public void WriteHead(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteGuid(JobId);
        writer.WriteInt32(Round);
        writer.WriteInt32(Contributions);
        writer.WriteInt64(TotalWeight);
        ClearSums.WriteTo(sizeof(long), destination);
    }

    /// <summary>
    /// Parses the content from an offset to the end of a source, and requires every segment to have exactly the
    /// magnitude of the sum.
    /// </summary>
    /// <param name="source">The bytes.</param>
    /// <param name="start">The offset of the content, in bytes.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="readerOf">Creates the segment reader, given the number of updates and their total factor.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static AggregateContent? TryRead(
        ByteSource source,
        long start,
        AggregationTerms terms,
        Func<int, long, SegmentReader> readerOf,
        out FormatError reason)
    {
        using ByteLease head = source.Read(start, (int)Math.Min(FixedLength, source.Length - start));
        var reader = new WireReader(head.Span);
        Guid jobId = reader.ReadGuid();
        reader.Require(jobId != Guid.Empty, FormatError.FieldOutOfRange);
        int round = reader.ReadInt32(1, int.MaxValue);
        int contributions = reader.ReadInt32(1, int.MaxValue);
        bool hidden = terms.Weighting == Weighting.Hidden;
        long totalWeight = reader.ReadInt64(hidden ? 0 : contributions, hidden ? 0 : AggregationTerms.LargestTotalWeight);
        reader.Require((Int128)totalWeight <= (Int128)contributions * terms.MaxWeight, FormatError.Inconsistent);
        reason = reader.Error;
        if (reader.Failed
            || ClearIntegers.TryRead(source, start + FixedLength, terms.Mask.ClearCount, sizeof(long), totalWeight << ClearPart.LogScale, out reason)
                is not ClearIntegers clearSums)
        {
            return null;
        }

        return EncodedSegments.TryRead(
            source,
            start + FixedLength + (sizeof(long) * (long)clearSums.Count),
            readerOf(contributions, FactorOf(totalWeight, contributions)),
            out reason) is EncodedSegments segments
            ? new AggregateContent(jobId, round, contributions, totalWeight, clearSums, segments)
            : null;
    }
}
