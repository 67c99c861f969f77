using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>An outgoing message is one that the host has to deliver.</summary>
/// <param name="Recipient">The client, or null for the unknown sender of the message that this message answers.</param>
/// <param name="Kind">The purpose of the message.</param>
/// <param name="Bytes">The bytes of the message.</param>
public readonly record struct OutgoingMessage(ClientId? Recipient, MessageKind Kind, ReadOnlyMemory<byte> Bytes);
