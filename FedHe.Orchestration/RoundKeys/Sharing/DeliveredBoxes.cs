using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>Delivered boxes are the boxes of an attempt for one member, with all that the member needs to know whose they are.</summary>
/// <param name="AttemptNumber">The attempt at the round.</param>
/// <param name="ReferenceWeight">The reference weight of the attempt.</param>
/// <param name="Base">The digest of the chain up to the model that clients trained from.</param>
/// <param name="Keys">The members with the digests of their keys.</param>
/// <param name="Boxes">The boxes, sorted by contributor.</param>
internal sealed record DeliveredBoxes(
    int AttemptNumber, long ReferenceWeight, Digest Base, ImmutableArray<(ClientId Member, Digest Key)> Keys, ImmutableArray<DeliveredBox> Boxes)
{
    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteInt32(AttemptNumber);
        writer.WriteInt64(ReferenceWeight);
        writer.WriteDigest(Base);
        writer.WriteInt32(Keys.Length);
        foreach ((ClientId member, Digest key) in Keys)
        {
            writer.WriteClientId(member);
            writer.WriteDigest(key);
        }

        writer.WriteInt32(Boxes.Length);
        foreach (DeliveredBox box in Boxes)
        {
            box.Write(writer);
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Parses exactly one delivery, or returns null.</summary>
    public static DeliveredBoxes? TryRead(ReadOnlyMemory<byte> source)
    {
        var reader = new WireReader(source.Span);
        int attempt = reader.ReadInt32(1, int.MaxValue);
        long reference = reader.ReadInt64(1, long.MaxValue);
        Digest @base = reader.ReadDigest();
        var keys = ImmutableArray.CreateBuilder<(ClientId Member, Digest Key)>();
        for (int count = reader.ReadInt32(1, CommitteeTerms.MaxMembers); count > 0 && !reader.Failed; count--)
        {
            keys.Add((reader.ReadClientId(), reader.ReadDigest()));
        }

        var boxes = ImmutableArray.CreateBuilder<DeliveredBox>();
        for (int count = reader.ReadInt32(1, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            DeliveredBox box = DeliveredBox.Read(ref reader, source, keys.Count);
            bool isInOrder = boxes.Count == 0 || boxes[^1].Contributor.Client.CompareTo(box.Contributor.Client) < 0;
            reader.Require(isInOrder, FormatError.Inconsistent);
            boxes.Add(box);
        }

        reader.ExpectEnd();
        return reader.Failed ? null : new DeliveredBoxes(attempt, reference, @base, keys.ToImmutable(), boxes.ToImmutable());
    }
}
