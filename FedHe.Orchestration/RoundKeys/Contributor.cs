using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A contributor is a client whose upload is in a sum, as the list of contributors names it.</summary>
/// <param name="Client">The client.</param>
/// <param name="Weight">The weight of the upload; 0 when weights are hidden.</param>
/// <param name="Nonce">32 random bytes that are new with each encryption.</param>
internal sealed record Contributor(ClientId Client, long Weight, Digest Nonce)
{
    public void Write(WireWriter writer)
    {
        writer.WriteClientId(Client);
        writer.WriteInt64(Weight);
        writer.WriteDigest(Nonce);
    }

    public static Contributor Read(ref WireReader reader)
        => new(reader.ReadClientId(), reader.ReadInt64(0, long.MaxValue), reader.ReadDigest());
}
