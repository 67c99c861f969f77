using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>Box digests fix the boxes of a contribution in its seal: for whom each is, under which key, and what it holds.</summary>
internal static class BoxDigests
{
    /// <summary>Computes the digest of all boxes.</summary>
    /// <param name="keys">The members with the digests of their keys, in their order.</param>
    /// <param name="boxes">The digests of the boxes, in the same order.</param>
    public static Digest Of(IReadOnlyList<(ClientId Member, Digest Key)> keys, IReadOnlyList<Digest> boxes)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe share boxes v1"u8);
        var writer = new WireWriter(bytes);
        writer.WriteInt32(keys.Count);
        for (int i = 0; i < keys.Count; i++)
        {
            writer.WriteClientId(keys[i].Member);
            writer.WriteDigest(keys[i].Key);
            writer.WriteDigest(boxes[i]);
        }

        return Digest.Compute(bytes.WrittenSpan);
    }
}
