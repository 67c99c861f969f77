using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>A message for the host to deliver.</summary>
/// <param name="Recipient">The client, or null for whoever sent the message that this one answers: nobody knows who it was.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Bytes">The message.</param>
public readonly record struct OutgoingMessage(ClientId? Recipient, MessageKind Kind, ReadOnlyMemory<byte> Bytes);
