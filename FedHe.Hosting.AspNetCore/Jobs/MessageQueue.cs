using System.Collections.Concurrent;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Watching;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A message queue hands messages that wait to a server, in groups that are saved with the flushes of one. It is thread-safe.</summary>
/// <param name="saved">The server.</param>
/// <param name="turn">The turn in which one caller uses the server.</param>
/// <param name="watch">Hears of refusals.</param>
internal sealed class MessageQueue(SavedServer saved, Turn turn, JobWatch watch)
{
    // As many messages as wait, but few enough that the first need not wait long for the last.
    private const int MostInGroup = 32;
    private const long MostBytesInGroup = 4 * 1024 * 1024;

    private readonly UploadBuffer _uploads = new();
    private readonly ConcurrentQueue<PendingMessage> _pending = new();

    /// <summary>
    /// Hands the server a message. When the method returns, the message and everything that follows from it are on the disk.
    /// </summary>
    /// <param name="info">What the message, which its authenticated party brought, says about itself.</param>
    /// <param name="message">The message, which is read when it is its turn.</param>
    /// <param name="cancellationToken">Ends the wait for the turn.</param>
    /// <returns>The reason why the server refused the message, and the stamp of the saved state that has it otherwise.</returns>
    /// <exception cref="IOException">The disk failed. Whatever of the message is saved, it counts once when it comes again.</exception>
    public async Task<(RefusalReason Refusal, StateStamp Stamp)> HandleAsync(MessageInfo info, IStoredMessage message, CancellationToken cancellationToken)
    {
        var own = new PendingMessage(info, message);
        _pending.Enqueue(own);
        Turn.Held held;
        try
        {
            held = await turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!own.TryWithdraw())
        {
            // Somebody else hands it over just now, and its bytes must stay until then.
            return await own.Outcome.ConfigureAwait(false);
        }

        using (held)
        {
            // The first to come hands over what has gathered meanwhile.
            while (!own.Outcome.IsCompleted)
            {
                HandleGroup();
            }
        }

        return await own.Outcome.ConfigureAwait(false);
    }

    /// <summary>Reads or opens a message, or fails it alone where that is not possible, whatever the reason: the server has not changed yet.</summary>
    private static T? TryFile<T>(PendingMessage pending, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault)
        {
            pending.Fail(fault);
            return default;
        }
    }

    /// <summary>Hands the server messages that wait, one after the other, and saves what all of them changed together. Nobody has an answer before.</summary>
    private void HandleGroup()
    {
        var group = new List<(PendingMessage Message, RefusalReason Refusal)>();
        try
        {
            FederationServer server = saved.Reopen();
            saved.Guarded(() =>
            {
                long bytes = 0;
                while (group.Count < MostInGroup && bytes < MostBytesInGroup && _pending.TryDequeue(out PendingMessage? pending))
                {
                    if (!pending.TryTake())
                    {
                        continue;
                    }

                    group.Add((pending, RefusalReason.None));
                    bytes += pending.Message.Length;
                    if (pending.Info.Kind == MessageKind.Upload && saved.StaysInFile(pending.Message))
                    {
                        using Stream? stream = TryFile(pending, pending.Message.OpenRead);
                        if (stream is not null)
                        {
                            group[^1] = (pending, Handle(server, () => server.Handle(stream, pending.Message.Digests), pending));
                        }
                    }
                    else if (TryFile<ReadOnlyMemory<byte>?>(pending, () => _uploads.Read(pending.Message, pending.Info.Kind)) is ReadOnlyMemory<byte> message)
                    {
                        group[^1] = (pending, Handle(server, () => server.Handle(message), pending));
                    }
                }

                saved.Save(server);
            });
            group.ForEach(entry => entry.Message.Complete(entry.Refusal, server.Stamp));
        }
        catch (Exception fault)
        {
            // The caller whose turn it is may have none of them yet, and must not wait for what cannot be.
            if (group.Count == 0 && _pending.TryDequeue(out PendingMessage? first) && first.TryTake())
            {
                group.Add((first, RefusalReason.None));
            }

            group.ForEach(entry => entry.Message.Fail(fault));
        }
    }

    private RefusalReason Handle(FederationServer server, Func<ServerStep> handle, PendingMessage pending)
    {
        ServerStep step;
        try
        {
            step = handle();
        }
        catch (AggregationBrokenException broken) when (broken.InnerException is IOException failed)
        {
            throw new IOException(failed.Message, broken);
        }

        MessageInfo info = pending.Info;
        if (step.Refusal != RefusalReason.None && info.Client is ClientId sender)
        {
            saved.Audit.NoteRefusal(sender.Value, info.Kind, step.Refusal);
            watch.Refused(sender.Value, info.Kind, step.Refusal);
        }

        saved.Gather(server, step, pending.Message);
        return step.Refusal;
    }
}
