using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>A relayed answer is the answer of a committee member as the server passes it on.</summary>
/// <param name="Member">The member.</param>
/// <param name="Sealed">The sealed share.</param>
/// <param name="Signature">The signature of the member's message.</param>
internal sealed record RelayedAnswer(ClientId Member, ReadOnlyMemory<byte> Sealed, ReadOnlyMemory<byte> Signature)
{
    // The sealed share stays a slice of the source, which is the state or the aggregate that it came in.
    public static RelayedAnswer Read(ref WireReader reader, ReadOnlyMemory<byte> source)
        => new(reader.ReadClientId(), reader.ReadBytesWithLength(source), reader.ReadBytes(MessageSignature.SizeInBytes).ToArray());

    public void Write(WireWriter writer)
    {
        writer.WriteClientId(Member);
        writer.WriteBytesWithLength(Sealed.Span);
        writer.WriteBytes(Signature.Span);
    }
}
