using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>A shared key is what an upload carries of its round key for a committee: the contributor's signature and the boxes.</summary>
/// <param name="Signature">The signature of the contribution's seal.</param>
/// <param name="Boxes">A box for each member that has a key in the round, in the order of the members.</param>
internal sealed record SharedKey(ReadOnlyMemory<byte> Signature, ImmutableArray<ReadOnlyMemory<byte>> Boxes)
{
    /// <summary>Computes the length in bytes of a shared key.</summary>
    public static long LengthOf(int boxes, int boxLength) => MessageSignature.SizeInBytes + sizeof(int) + (boxes * (sizeof(int) + (long)boxLength));

    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteBytes(Signature.Span);
        writer.WriteInt32(Boxes.Length);
        foreach (ReadOnlyMemory<byte> box in Boxes)
        {
            writer.WriteBytesWithLength(box.Span);
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Parses exactly one shared key, or returns null.</summary>
    public static SharedKey? TryRead(ReadOnlyMemory<byte> source)
    {
        var reader = new WireReader(source.Span);
        byte[] signature = reader.ReadBytes(MessageSignature.SizeInBytes).ToArray();
        var boxes = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        for (int count = reader.ReadInt32(1, CommitteeTerms.MaxMembers); count > 0 && !reader.Failed; count--)
        {
            boxes.Add(reader.ReadBytesWithLength(source));
        }

        reader.ExpectEnd();
        return reader.Failed ? null : new SharedKey(signature, boxes.ToImmutable());
    }
}
