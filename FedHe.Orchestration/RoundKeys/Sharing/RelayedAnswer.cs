using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>A relayed answer is the answer of a committee member as the server passes it on.</summary>
/// <param name="Member">The member.</param>
/// <param name="Sealed">The sealed share.</param>
/// <param name="Signature">The signature of the member's message.</param>
internal sealed record RelayedAnswer(ClientId Member, ReadOnlyMemory<byte> Sealed, ReadOnlyMemory<byte> Signature);
