using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>What an aggregate and the state of an unfinished aggregation have in common, with its bytes.</summary>
/// <param name="JobId">The job of all updates.</param>
/// <param name="Round">The round of all updates.</param>
/// <param name="Contributions">Number of updates, at least 1.</param>
/// <param name="TotalWeight">Sum of the weights; 0 when they are hidden.</param>
/// <param name="ClearSums">Weighted sums of the clear part.</param>
/// <param name="Vector">Encrypted weighted sums; null when the mask encrypts nothing.</param>
internal sealed record AggregateContent(
    Guid JobId, int Round, int Contributions, long TotalWeight, long[] ClearSums, EncryptedVector? Vector)
{
    private const int FixedLength = 16 + sizeof(int) + sizeof(int) + sizeof(long);

    /// <summary>The sum of the integers that the updates' vectors were multiplied by.</summary>
    public long Factor => TotalWeight > 0 ? TotalWeight : Contributions;

    public long EncodedLength => EncodedLengthOf(ClearSums.Length, Vector?.EncodedLength ?? 0);

    public static long EncodedLengthOf(int clearCount, long vectorLength) => FixedLength + (sizeof(long) * (long)clearCount) + vectorLength;

    public void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteGuid(JobId);
        writer.WriteInt32(Round);
        writer.WriteInt32(Contributions);
        writer.WriteInt64(TotalWeight);
        writer.WriteInt64s(ClearSums);
        Vector?.WriteTo(destination);
    }

    /// <summary>Reads the rest of the bytes. The vector's magnitude must be exactly that of the sum.</summary>
    public static AggregateContent? Read(ref WireReader reader, IVectorReader vectorReader, AggregationTerms terms)
    {
        Guid jobId = reader.ReadGuid();
        reader.Require(jobId != Guid.Empty, FormatError.FieldOutOfRange);
        int round = reader.ReadInt32(0, int.MaxValue);
        int contributions = reader.ReadInt32(1, int.MaxValue);
        bool hidden = terms.Weighting == Weighting.Hidden;
        long totalWeight = reader.ReadInt64(hidden ? 0 : contributions, hidden ? 0 : AggregationTerms.LargestTotalWeight);
        reader.Require((Int128)totalWeight <= (Int128)contributions * terms.MaxWeight, FormatError.Inconsistent);
        long[] clearSums = reader.ReadInt64s(terms.Mask.ClearCount, totalWeight << ClearPart.LogScale);
        EncryptedVector? vector = VectorPart.Read(ref reader, vectorReader, terms);
        if (reader.Failed)
        {
            return null;
        }

        var content = new AggregateContent(jobId, round, contributions, totalWeight, clearSums, vector);
        if (vector is not null && !vector.Bound.MaxAbs.Equals((double)content.Factor))
        {
            vector.Dispose();
            reader.Fail(FormatError.Inconsistent);
            return null;
        }

        return content;
    }
}
