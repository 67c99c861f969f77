namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A letter is a message on its way between the server and one client.</summary>
/// <param name="Client">The index of the client.</param>
/// <param name="IsToServer">Whether the letter goes to the server.</param>
/// <param name="Bytes">The bytes of the message.</param>
internal readonly record struct Letter(int Client, bool IsToServer, ReadOnlyMemory<byte> Bytes);
