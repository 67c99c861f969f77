using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.AspNetCore.Mailboxes;

/// <summary>A message that waits in a mailbox.</summary>
/// <param name="Name">The name by which its party asks for it and acknowledges it.</param>
/// <param name="File">The name of its file in the folder of the mailbox.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Info">What it says about itself; null for a message of an earlier process.</param>
internal sealed record WaitingMessage(MessageName Name, string File, long Length, MessageInfo? Info);
