using System.Buffers;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A verifiable aggregate is what a server sends of a round: the list of contributors, and the sums that it fixes.</summary>
/// <param name="List">The list of contributors.</param>
/// <param name="KeySum">The sum of the protected round keys.</param>
/// <param name="Aggregate">The encrypted aggregate.</param>
internal sealed record VerifiableAggregate(ContributorList List, ReadOnlyMemory<byte> KeySum, ReadOnlyMemory<byte> Aggregate)
{
    /// <summary>Computes the length in bytes of an aggregate with parts of given lengths.</summary>
    public static long LengthOf(int listLength, int keySumLength, long aggregateLength)
        => (3 * sizeof(int)) + listLength + keySumLength + aggregateLength;

    /// <summary>Writes everything before the encrypted aggregate, which must follow.</summary>
    public static void WriteBeginning(
        IBufferWriter<byte> destination, ReadOnlySpan<byte> list, ReadOnlySpan<byte> keySum, int aggregateLength)
    {
        var writer = new WireWriter(destination);
        writer.WriteBytesWithLength(list);
        writer.WriteBytesWithLength(keySum);
        writer.WriteInt32(aggregateLength);
    }

    public byte[] ToArray()
    {
        byte[] list = List.ToArray();
        var bytes = new ExactBuffer(LengthOf(list.Length, KeySum.Length, Aggregate.Length));
        WriteBeginning(bytes, list, KeySum.Span, Aggregate.Length);
        bytes.Write(Aggregate.Span);
        return bytes.Complete();
    }

    /// <summary>Parses exactly one aggregate, or returns null.</summary>
    public static VerifiableAggregate? TryRead(ReadOnlyMemory<byte> source)
    {
        var reader = new WireReader(source.Span);
        ReadOnlyMemory<byte> list = reader.ReadBytesWithLength(source);
        ReadOnlyMemory<byte> keySum = reader.ReadBytesWithLength(source);
        ReadOnlyMemory<byte> aggregate = reader.ReadBytesWithLength(source);
        reader.ExpectEnd();
        return reader.Failed || ContributorList.TryRead(list) is not ContributorList parsed
            ? null
            : new VerifiableAggregate(parsed, keySum, aggregate);
    }
}
