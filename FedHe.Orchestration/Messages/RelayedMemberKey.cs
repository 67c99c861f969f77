using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>A relayed member key is the one-round key of a committee member as the server passes it on, with the member's signature.</summary>
/// <param name="Member">The member.</param>
/// <param name="Key">The bytes of the public key.</param>
/// <param name="Signature">The signature of the member's message.</param>
internal sealed record RelayedMemberKey(ClientId Member, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The digest that names the key in contributions.</summary>
    public Digest KeyDigest => Digest.Compute(Key.Span);

    public static RelayedMemberKey Read(ref WireReader reader)
        => new(reader.ReadClientId(), reader.ReadBytesWithLength().ToArray(), reader.ReadBytes(MessageSignature.SizeInBytes).ToArray());

    public void Write(WireWriter writer)
    {
        writer.WriteClientId(Member);
        writer.WriteBytesWithLength(Key.Span);
        writer.WriteBytes(Signature.Span);
    }
}
