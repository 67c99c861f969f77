using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>A delivered box is one contributor's box for one member, with the contribution that it belongs to.</summary>
/// <param name="Contributor">The contributor.</param>
/// <param name="Seal">The contributor's signature under the contribution.</param>
/// <param name="Digests">The digests of the boxes of all members that have keys.</param>
/// <param name="Box">The member's box.</param>
internal sealed record DeliveredBox(Contributor Contributor, ContributionSeal Seal, ImmutableArray<Digest> Digests, ReadOnlyMemory<byte> Box)
{
    public static DeliveredBox Read(ref WireReader reader, ReadOnlyMemory<byte> source, int keys)
    {
        Contributor contributor = Contributor.Read(ref reader);
        ContributionSeal seal = ContributionSeal.Read(ref reader);
        var digests = ImmutableArray.CreateBuilder<Digest>(keys);
        for (int i = 0; i < keys; i++)
        {
            digests.Add(reader.ReadDigest());
        }

        return new DeliveredBox(contributor, seal, digests.ToImmutable(), reader.ReadBytesWithLength(source));
    }

    public void Write(WireWriter writer)
    {
        Contributor.Write(writer);
        Seal.Write(writer);
        foreach (Digest digest in Digests)
        {
            writer.WriteDigest(digest);
        }

        writer.WriteBytesWithLength(Box.Span);
    }
}
