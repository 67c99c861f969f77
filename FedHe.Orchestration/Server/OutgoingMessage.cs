using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>A message for the host to deliver.</summary>
/// <param name="Recipient">The client, or null for the unknown sender of the message that this one answers.</param>
/// <param name="Kind">The purpose of the message.</param>
/// <param name="Bytes">The message.</param>
public readonly record struct OutgoingMessage(ClientId? Recipient, MessageKind Kind, ReadOnlyMemory<byte> Bytes);
