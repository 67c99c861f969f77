using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Transport;

/// <summary>A transport message is a message in transit between the server and a client within one process.</summary>
/// <param name="Client">The client that sends or receives the message.</param>
/// <param name="IsToServer">Whether the client is the sender.</param>
/// <param name="Kind">The kind that the message states.</param>
/// <param name="Round">The server's current round.</param>
/// <param name="Attempt">The server's current attempt at the round.</param>
/// <param name="Bytes">The bytes of the message.</param>
public readonly record struct TransportMessage(
    ClientId Client, bool IsToServer, MessageKind? Kind, int Round, int Attempt, ReadOnlyMemory<byte> Bytes);
