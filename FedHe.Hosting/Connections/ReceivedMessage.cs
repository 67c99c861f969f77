namespace FedHe.Hosting.Connections;

/// <summary>A message from the mailbox of a party.</summary>
/// <param name="Id">The name of the message in the mailbox, by which it is acknowledged.</param>
/// <param name="Bytes">The message.</param>
internal sealed record ReceivedMessage(string Id, byte[] Bytes);
