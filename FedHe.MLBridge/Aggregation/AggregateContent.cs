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
/// <param name="Weights">The totals of the weights.</param>
/// <param name="ClearSums">The weighted sums of the values in clear.</param>
/// <param name="Segments">The encrypted weighted sums; none when the mask encrypts nothing.</param>
internal sealed record AggregateContent(
    Guid JobId, int Round, int Contributions, WeightTotals Weights, ClearIntegers ClearSums, SegmentSet Segments)
{
    private const int FixedLength = 16 + sizeof(int) + sizeof(int);

    public long EncodedLength => EncodedLengthOf(Weights.Rule, ClearSums.Count, Segments.EncodedLength);

    public static long EncodedLengthOf(WeightRule rule, long clearCount, long segmentsLength)
        => FixedLength + WeightTotals.LengthOf(rule) + (sizeof(long) * clearCount) + segmentsLength;

    /// <summary>Writes all fields except the segments.</summary>
    public void WriteHead(IBufferWriter<byte> destination)
    {
        WriteFields(destination);
        ClearSums.WriteTo(sizeof(long), destination);
    }

    /// <summary>Writes the fields before the sums in clear.</summary>
    public void WriteFields(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteGuid(JobId);
        writer.WriteInt32(Round);
        writer.WriteInt32(Contributions);
        Weights.Write(writer);
    }

    /// <summary>
    /// Parses the content from an offset to the end of a source, and requires every segment to have exactly the
    /// magnitude of the sum.
    /// </summary>
    /// <param name="source">The bytes.</param>
    /// <param name="start">The offset of the content, in bytes.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="rule">Who multiplied values by weights.</param>
    /// <param name="readerOf">Creates the segment reader, given the number of updates and their total factor.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static AggregateContent? TryRead(
        ByteSource source,
        long start,
        AggregationTerms terms,
        WeightRule rule,
        Func<int, long, SegmentReader> readerOf,
        out FormatError reason)
    {
        int headLength = FixedLength + WeightTotals.LengthOf(rule);
        using ByteLease head = source.Read(start, (int)Math.Min(headLength, source.Length - start));
        var reader = new WireReader(head.Span);
        Guid jobId = reader.ReadGuid();
        reader.Require(jobId != Guid.Empty, FormatError.FieldOutOfRange);
        int round = reader.ReadInt32(1, int.MaxValue);
        int contributions = reader.ReadInt32(1, int.MaxValue);
        WeightTotals weights = WeightTotals.Read(ref reader, rule, contributions, terms);
        reason = reader.Error;
        if (reader.Failed
            || ClearIntegers.TryRead(source, start + headLength, terms.Mask.ClearCount, sizeof(long), weights.LargestClearSum, out reason)
                is not ClearIntegers clearSums)
        {
            return null;
        }

        return EncodedSegments.TryRead(
            source,
            start + headLength + (sizeof(long) * clearSums.Count),
            readerOf(contributions, weights.MultiplierOf(contributions)),
            out reason) is EncodedSegments segments
            ? new AggregateContent(jobId, round, contributions, weights, clearSums, segments)
            : null;
    }
}
