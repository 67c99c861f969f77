using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Messages;

/// <summary>A relayed confirmation is the signature under a client's <see cref="Confirmation"/>, without its bytes.</summary>
/// <param name="Client">The client.</param>
/// <param name="Signature">The 64 bytes of the signature.</param>
internal sealed record RelayedConfirmation(ClientId Client, ReadOnlyMemory<byte> Signature);
