using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Epochs;

/// <summary>
/// The succession says who is on the committee of the next epoch: the members and their successors that stay, in their order, and behind
/// them everybody else, in an order that none of them can choose. The first of them are the members.
/// </summary>
internal static class Succession
{
    /// <summary>Returns the committee that follows, or null where too few clients remain for it.</summary>
    /// <param name="before">The committee of the epoch before.</param>
    /// <param name="epoch">The digest of the epoch before.</param>
    /// <param name="key">The identity of the group key of the next epoch, which is drawn when its roster is there.</param>
    /// <param name="roster">The roster of the next epoch.</param>
    /// <param name="retired">The clients on it that are to be members no more.</param>
    public static CommitteeTerms? Next(CommitteeTerms before, Digest epoch, KeyId key, ClientRoster roster, IReadOnlySet<ClientId> retired)
    {
        ClientId[] eligible = [.. roster.Clients.Where(client => !retired.Contains(client))];
        ClientId[] known = [.. before.Members.Concat(before.Successors).Intersect(eligible)];
        ImmutableArray<ClientId> order = [.. known, .. eligible.Except(known).OrderBy(client => PlaceOf(client, epoch, key), StringComparer.Ordinal)];
        return order.Length < before.Members.Length ? null : before.Succeeded(order);
    }

    /// <summary>
    /// Places a client by a hash of its name and the identity of a key that nobody knew when the client got its name. A public value alone,
    /// such as the digest of the epoch before, would let a joining client try names until one comes first.
    /// </summary>
    private static string PlaceOf(ClientId client, Digest epoch, KeyId key)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe succession v1"u8);
        var writer = new WireWriter(bytes);
        writer.WriteDigest(epoch);
        writer.WriteKeyId(key);
        writer.WriteClientId(client);
        return Digest.Compute(bytes.WrittenSpan).ToString();
    }
}
