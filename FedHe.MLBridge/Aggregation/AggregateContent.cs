using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>What an aggregate and the state of an unfinished aggregation have in common, with its bytes.</summary>
/// <param name="JobId">The job of all updates.</param>
/// <param name="Round">The round of all updates.</param>
/// <param name="Contributions">Number of updates, at least 1.</param>
/// <param name="TotalWeight">Sum of the weights; 0 when they are hidden.</param>
/// <param name="ClearSums">Weighted sums of the clear part.</param>
/// <param name="Segments">Encrypted weighted sums; none when the mask encrypts nothing.</param>
internal sealed record AggregateContent(
    Guid JobId, int Round, int Contributions, long TotalWeight, ClearIntegers ClearSums, SegmentSet Segments)
{
    private const int FixedLength = 16 + sizeof(int) + sizeof(int) + sizeof(long);

    /// <summary>The sum of the integers that the updates' vectors were multiplied by.</summary>
    public long Factor => FactorOf(TotalWeight, Contributions);

    public long EncodedLength => EncodedLengthOf(ClearSums.Count, Segments.EncodedLength);

    public static long FactorOf(long totalWeight, int contributions) => totalWeight > 0 ? totalWeight : contributions;

    public static long EncodedLengthOf(int clearCount, long segmentsLength)
        => FixedLength + (sizeof(long) * (long)clearCount) + segmentsLength;

    /// <summary>Writes all but the segments.</summary>
    public void WriteHead(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteGuid(JobId);
        writer.WriteInt32(Round);
        writer.WriteInt32(Contributions);
        writer.WriteInt64(TotalWeight);
        ClearSums.WriteTo(sizeof(long), destination);
    }

    /// <summary>Reads the rest of a source. The magnitude of every segment must be exactly that of the sum.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="start">Where the content begins.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="readerOf">Reads the segments of a sum of so many updates of such a factor.</param>
    /// <param name="reason">Why the bytes were refused.</param>
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
