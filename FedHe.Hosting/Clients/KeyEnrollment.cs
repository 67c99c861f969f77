using FedHe.Crypto.Errors;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Diagnostics;
using FedHe.Hosting.Errors;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Clients;

/// <summary>
/// Obtains the keys of a client from the authority. The request and the grant, which only the client opens, go through the server; the
/// request is on the client's disk before it leaves, so that a client that was killed opens the answer to it.
/// </summary>
internal static class KeyEnrollment
{
    public static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    /// <summary>Obtains the keys of the latest epoch that the client knows.</summary>
    public static async Task<KeyRing> ObtainAsync(
        ClientFiles files, FederationFactory factory, ServerLink link, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        Log.AskingForKeys(logger, files.Identity.Client);
        int epoch = files.Epochs.Number;
        using KeyRequest request = files.OpenRequest(files.Epochs.Job);
        var cursor = new MailboxCursor();
        long asked = 0;
        int interruptions = -1;

        // What waits from before is read first: a refusal of an earlier process says nothing about now.
        bool isAsking = false;
        while (true)
        {
            if (isAsking && (link.Interruptions != interruptions || time.GetElapsedTime(asked) > AskAgain))
            {
                (interruptions, asked) = (link.Interruptions, time.GetTimestamp());
                await link.PostAsync(request.Bytes, recipient: null, cancellationToken).ConfigureAwait(false);
            }

            ReceivedMessage? received = isAsking
                ? await link.ReceiveAsync(cursor.Last, cancellationToken).ConfigureAwait(false)
                : await link.ReceiveAsync(cursor.Last, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            if (received is null)
            {
                isAsking = true;
                continue;
            }

            cursor.MoveTo(received.Id);
            if (!MessageInfo.TryRead(received.Beginning.Span, out MessageInfo? info) || info.Kind is not (MessageKind.KeyGrant or MessageKind.KeyRefusal))
            {
                // A message for the client, which it takes when it has its keys.
                continue;
            }

            (ClientKeys? keys, KeyRefusedException? refused) = TryOpen(factory, request, received.ToArray());
            if (keys is not null)
            {
                files.Keep(keys, epoch);
            }

            // A refusal is acknowledged too, or it would be there at each new start.
            await link.AcknowledgeAsync(received.Id, cancellationToken).ConfigureAwait(false);
            if (keys is not null)
            {
                Log.HasKeys(logger, files.Identity.Client);
                return new KeyRing(epoch, keys);
            }

            if (refused is not null && isAsking)
            {
                throw Throw.KeysRefused(refused);
            }
        }
    }

    /// <summary>Opens an answer of the authority; an answer to another request gives neither keys nor a refusal.</summary>
    public static (ClientKeys? Keys, KeyRefusedException? Refused) TryOpen(FederationFactory factory, KeyRequest request, ReadOnlyMemory<byte> answer)
    {
        try
        {
            return (factory.OpenKeys(request, answer), null);
        }
        catch (KeyRefusedException refused)
        {
            return (null, refused);
        }
        catch (HeFormatException)
        {
            // The answer to a request of an earlier process, or not of the authority.
            return (null, null);
        }
    }
}
