using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A verifiable aggregate is what a server sends of a round: the list of contributors, and the sums that it fixes.</summary>
/// <param name="List">The list of contributors.</param>
/// <param name="KeySum">The sum of the protected round keys.</param>
/// <param name="Aggregate">The encrypted aggregate.</param>
internal sealed record VerifiableAggregate(ContributorList List, ReadOnlyMemory<byte> KeySum, ReadOnlyMemory<byte> Aggregate)
{
    public byte[] ToArray()
    {
        byte[] list = List.ToArray();
        var bytes = new System.Buffers.ArrayBufferWriter<byte>(list.Length + KeySum.Length + Aggregate.Length + (3 * sizeof(int)));
        var writer = new WireWriter(bytes);
        writer.WriteBytesWithLength(list);
        writer.WriteBytesWithLength(KeySum.Span);
        writer.WriteBytesWithLength(Aggregate.Span);
        return bytes.WrittenSpan.ToArray();
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
