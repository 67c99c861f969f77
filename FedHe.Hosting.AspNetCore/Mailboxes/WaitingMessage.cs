using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.AspNetCore.Mailboxes;

/// <summary>A message that waits in a mailbox.</summary>
/// <param name="Name">The name by which its party asks for it and acknowledges it.</param>
/// <param name="File">The name of its file in the store of the server.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Info">What it says about itself; null for a message of an earlier process.</param>
/// <param name="Broadcast">The broadcast that it is of, or null for a message to its party alone.</param>
internal sealed record WaitingMessage(MessageName Name, string File, long Length, MessageInfo? Info, Broadcast? Broadcast = null);
