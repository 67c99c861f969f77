using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Sums;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A verifiable aggregate is what a server sends of a round: the list of contributors, and the sums that it fixes.</summary>
/// <param name="List">The list of contributors.</param>
/// <param name="KeySum">The sum of the protected round keys.</param>
/// <param name="Aggregate">The encrypted aggregate.</param>
internal sealed record VerifiableAggregate(ContributorList List, ReadOnlyMemory<byte> KeySum, ReadOnlyMemory<byte> Aggregate)
{
    /// <summary>The encrypted aggregate in a stream, where <see cref="Aggregate"/> is empty; otherwise null.</summary>
    public MessageContent? Streamed { get; init; }

    /// <summary>The encrypted aggregate, wherever it is.</summary>
    public MessageContent Content => Streamed ?? MessageContent.Of(Aggregate);

    /// <summary>Computes the length in bytes of an aggregate with parts of given lengths.</summary>
    public static long LengthOf(int listLength, int keySumLength, long aggregateLength)
        => (2 * sizeof(int)) + sizeof(long) + listLength + keySumLength + aggregateLength;

    /// <summary>Writes everything before the encrypted aggregate, which must follow.</summary>
    public static void WriteBeginning(
        IBufferWriter<byte> destination, ReadOnlySpan<byte> list, ReadOnlySpan<byte> keySum, long aggregateLength)
    {
        var writer = new WireWriter(destination);
        writer.WriteBytesWithLength(list);
        writer.WriteBytesWithLength(keySum);
        writer.WriteInt64(aggregateLength);
    }

    public byte[] ToArray()
    {
        byte[] list = List.ToArray();
        var bytes = new ExactBuffer(LengthOf(list.Length, KeySum.Length, Aggregate.Length));
        WriteBeginning(bytes, list, KeySum.Span, Aggregate.Length);
        bytes.Write(Aggregate.Span);
        return bytes.Complete();
    }

    /// <summary>Puts a list and a sum of round keys before an encrypted aggregate, which stays where it is.</summary>
    public static SumBytes Join(ReadOnlySpan<byte> list, ReadOnlySpan<byte> keySum, SumBytes aggregate)
    {
        int inMemory = aggregate.Stored is null ? (int)aggregate.Length : 0;
        var bytes = new ExactBuffer(LengthOf(list.Length, keySum.Length, inMemory));
        WriteBeginning(bytes, list, keySum, aggregate.Length);
        bytes.Write(aggregate.Beginning.Span[..inMemory]);
        byte[] beginning = bytes.Complete();
        return aggregate.Stored is null ? SumBytes.Of(beginning) : SumBytes.Around(beginning, aggregate);
    }

    /// <summary>Reads the list of an aggregate that may be in the file of its sum, or returns null.</summary>
    public static ContributorList? ListOf(SumBytes source)
    {
        if (source.Stored is null)
        {
            return TryRead(source.Beginning)?.List;
        }

        return BeginningOf(source.Beginning, source.Stored.IsOpen ? source.Stored.Length : null);
    }

    /// <summary>Reads the list in what stands before an aggregate, or returns null.</summary>
    /// <param name="beginning">The bytes up to the aggregate.</param>
    /// <param name="aggregateLength">The length of the aggregate in bytes, where it is known.</param>
    public static ContributorList? BeginningOf(ReadOnlyMemory<byte> beginning, long? aggregateLength = null)
    {
        var reader = new WireReader(beginning.Span);
        ReadOnlyMemory<byte> list = reader.ReadBytesWithLength(beginning);
        reader.ReadBytesWithLength();
        long length = reader.ReadInt64(0, long.MaxValue);
        reader.Require(aggregateLength is null || length == aggregateLength, FormatError.Inconsistent);
        reader.ExpectEnd();
        return reader.Failed ? null : ContributorList.TryRead(list);
    }

    /// <summary>Parses exactly one aggregate, or returns null.</summary>
    public static VerifiableAggregate? TryRead(ReadOnlyMemory<byte> source)
        => TryRead(MessageContent.Of(source), long.MaxValue) is VerifiableAggregate read
            ? read with { Aggregate = read.Streamed!.Read(0, (int)read.Streamed.Length), Streamed = null }
            : null;

    /// <summary>Parses exactly one aggregate whose encrypted sums stay where they are, or returns null.</summary>
    /// <param name="source">The bytes; untrusted.</param>
    /// <param name="longestPart">The largest length in bytes of the list, and of the sum of round keys, which stand in memory.</param>
    public static VerifiableAggregate? TryRead(MessageContent source, long longestPart)
    {
        long at = 0;
        if (ReadPart(source, longestPart, ref at) is not ReadOnlyMemory<byte> list
            || ReadPart(source, longestPart, ref at) is not ReadOnlyMemory<byte> keySum
            || source.Length - at < sizeof(long)
            || BinaryPrimitives.ReadInt64LittleEndian(source.Read(at, sizeof(long)).Span) != source.Length - at - sizeof(long))
        {
            return null;
        }

        at += sizeof(long);
        return ContributorList.TryRead(list) is ContributorList parsed
            ? new VerifiableAggregate(parsed, keySum, Aggregate: default) { Streamed = source.Slice(at, source.Length - at) }
            : null;
    }

    /// <summary>Reads bytes with their length before them, or returns null where they are longer than the source or a limit.</summary>
    private static ReadOnlyMemory<byte>? ReadPart(MessageContent source, long longest, ref long at)
    {
        if (source.Length - at < sizeof(int))
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(source.Read(at, sizeof(int)).Span);
        at += sizeof(int);
        if (length < 0 || length > Math.Min(longest, source.Length - at))
        {
            return null;
        }

        at += length;
        return source.Read(at - length, length);
    }
}
