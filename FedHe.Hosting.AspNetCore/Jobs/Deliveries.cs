using System.Collections.Immutable;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Mailboxes;
using FedHe.Hosting.AspNetCore.Watching;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>Deliveries put the messages of a server into the mailboxes of its parties. One thread at a time delivers.</summary>
/// <param name="job">The name of the job.</param>
/// <param name="broadcasts">The messages for several parties.</param>
/// <param name="parties">The parties.</param>
/// <param name="watch">Hears what was sent.</param>
/// <param name="logger">Hears of mailboxes that are full.</param>
internal sealed class Deliveries(string job, Broadcasts broadcasts, JobParties parties, JobWatch watch, ILogger logger)
{
    /// <summary>Puts messages into mailboxes in their order, and the same bytes for several parties on the disk once.</summary>
    /// <exception cref="IOException">A message could not be written.</exception>
    public void Deliver(ImmutableArray<OutgoingMessage> messages)
    {
        int end;
        for (int begin = 0; begin < messages.Length; begin = end)
        {
            OutgoingMessage message = messages[begin];
            end = begin + 1;
            while (end < messages.Length && messages[end].IsSameMessageAs(message))
            {
                end++;
            }

            // An answer to nobody on the roster has no mailbox; the answer to its request says that it was refused.
            string[] recipients = [.. messages[begin..end].Select(message => message.Recipient?.Value).OfType<string>().Where(parties.Mailboxes.ContainsKey).Distinct(StringComparer.Ordinal)];
            if (recipients.Length > 1)
            {
                Broadcast broadcast = broadcasts.Write(recipients, message);
                foreach (string party in recipients)
                {
                    NoteSent(party, broadcast.Info, message.Length);
                    parties.Mailboxes[party].Put(broadcast, dropped => Log.MailboxFull(logger, job, party, dropped));
                }
            }
            else if (recipients.Length == 1)
            {
                NoteSent(recipients[0], message.ReadInfo(), message.Length);
                parties.Mailboxes[recipients[0]].Put(message, dropped => Log.MailboxFull(logger, job, recipients[0], dropped));
            }
        }
    }

    /// <summary>Puts a message into the mailbox of a party.</summary>
    /// <exception cref="IOException">The message could not be written.</exception>
    public void Put(string party, ReadOnlySpan<byte> message)
    {
        NoteSent(party, MessageInfo.TryRead(message, out MessageInfo? info) ? info : null, message.Length);
        parties.Mailboxes[party].Put(message, dropped => Log.MailboxFull(logger, job, party, dropped));
    }

    private void NoteSent(string party, MessageInfo? info, long length)
    {
        if (info is not null)
        {
            watch.Sent(party, info, length);
        }
    }
}
