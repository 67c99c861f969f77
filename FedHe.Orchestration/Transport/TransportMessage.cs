using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Transport;

/// <summary>A message on its way between the server and a client within one process.</summary>
/// <param name="Client">The client that sends or receives it.</param>
/// <param name="IsToServer">Whether the client sends it.</param>
/// <param name="Kind">The purpose that the message claims.</param>
/// <param name="Round">The server's current round.</param>
/// <param name="Attempt">The server's current attempt at the round.</param>
/// <param name="Bytes">The message.</param>
public readonly record struct TransportMessage(
    ClientId Client, bool IsToServer, MessageKind? Kind, int Round, int Attempt, ReadOnlyMemory<byte> Bytes);
